"""What CI installs, with a hash of each file: `make lock` writes .ci/locked.txt from what pip would install here.

Hashes belong to files, and files to a system and a version of Python; so the list serves machines like this one.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
EXTRAS = "dev,language,ray,spark"
BUILDER = "editables"
"""What hatchling asks for, beside what pyproject.toml lists, to install the library from its folder."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        asked = ["--dry-run", "--ignore-installed", "--quiet", "--report", str(report)]
        versions = ["--constraint", str(HERE.parent / "constraints.txt")]
        wanted = ["--editable", f"{HERE.parent}[{EXTRAS}]", BUILDER]
        subprocess.run([sys.executable, "-m", "pip", "install", *asked, *versions, *wanted], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    lines = sorted(line(each) for each in found if "archive_info" in each["download_info"])
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = "\n".join([f"# Made by `make lock` for {machine}.", *lines])
    (HERE / "locked.txt").write_text(text + "\n", encoding="utf-8")


def line(package: dict[str, dict[str, str]]) -> str:
    """A package with its version and the hash of its file. The local part of a version, as in 2.0+cpu, is left out."""
    name, version = package["metadata"]["name"], package["metadata"]["version"].partition("+")[0]
    return f"{name.lower()}=={version} --hash=sha256:{package['download_info']['archive_info']['hashes']['sha256']}"


if __name__ == "__main__":
    main()
