"""Keeps what the tests said with the oldest or the newest versions: python .ci/versions.py oldest|newest JUNIT.XML …

Run it with the Python that ran the tests. A later report replaces what an earlier one says of the same test, for tests
that were mended and run again. Exits with 1 if a test failed.
"""

import json
import platform
import re
import sys
import tomllib
from collections import Counter
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "benchmarks/results/versions.json"


def installed() -> dict[str, str]:
    """Version of each package that pyproject.toml names, in an extra or not, where it is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [line for extra in project["optional-dependencies"].values() for line in extra] + project["dependencies"]
    named = sorted({re.split(r"[^\w-]", line, maxsplit=1)[0].lower() for line in lines} - {"biasscore"})
    there = {name.lower().replace("_", "-"): d.version for d in metadata.distributions() if (name := d.name)}
    return {name: there[name] for name in named if name in there}


def counts(reports: list[Path]) -> dict[str, int]:
    outcomes: dict[tuple[str, str], str] = {}
    for report in reports:
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            told = {part.tag for part in case}
            outcome = "failed" if told & {"failure", "error"} else "skipped" if "skipped" in told else "passed"
            outcomes[case.get("classname", ""), case.get("name", "")] = outcome
    found = Counter(outcomes.values())
    files = {part for module, _ in outcomes for part in module.split(".") if part.startswith("test_")}
    return {**{outcome: found[outcome] for outcome in ("passed", "failed", "skipped")}, "files": len(files)}


def main(name: str, reports: list[Path]) -> int:
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    found = counts(reports)
    kept[name] = {
        "day": datetime.now(UTC).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "system": platform.system(),
        "tests": found,
        "files_in_all": len(list((ROOT / "tests").glob("test_*.py"))),
        "versions": installed(),
    }
    KEPT.write_text(json.dumps(dict(sorted(kept.items(), reverse=True)), indent=2) + "\n", encoding="utf-8")
    print(name, found)
    return int(found["failed"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], list(map(Path, sys.argv[2:]))))
