"""On what a figure was measured, and how it is written: every result file but those of versions and of the history of
voice carries this record.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import biasscore
from biasscore.engine.device import resolve_threads
from biasscore.predict import checkpoints

if TYPE_CHECKING:
    from biasscore.analysis.bootstrap import Figure

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "numpy", "torch", "transformers", "tokenizers", "onnxruntime", "openvino", "sentence-transformers", "optimum-onnx",
    "optimum-intel", "infinity-emb", "pyarrow", "datasets", "nupunkt", "ray",
)  # fmt: skip
# What a user may set so that the libraries leave a processor's newer instructions alone.
LIMITS = ("ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS")
FLAGS = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8")


def environment() -> dict[str, Any]:
    """Processor, its fast instructions, cores, memory, system, versions and commit, and how busy the machine is now."""
    info = _cpuinfo()
    flags = info.get("flags", "").split()
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "processor": info.get("model name", platform.processor()),
        "flags": [flag for flag in FLAGS if flag in flags],
        "limited_to": {name: os.environ[name] for name in LIMITS if name in os.environ},
        "cores": os.cpu_count(),
        "usable_cores": resolve_threads(None),
        "memory_gib": _memory_gib(),
        "gpu": _gpu(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "biasscore": biasscore.__version__,
        "commit": commit(ROOT),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "load_average": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }


def _cpuinfo() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; empty where there is none."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").split("\n\n")[0].splitlines() if path.exists() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _memory_gib() -> float | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _gpu() -> str | None:
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else None


def commit(root: Path) -> str | None:
    """The commit that is checked out, with "-dirty" where files differ from it; None without git.

    Result files may differ: a run that measures several things has written some of them.
    """
    if not (root / ".git").exists():
        return None
    git = ["git", "-C", str(root)]
    try:
        found = subprocess.run(
            [*git, "describe", "--always", "--abbrev=12"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", ".", ":!benchmarks/results"], check=False)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip() + ("-dirty" if changed.returncode else "")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def fingerprints(names: Iterable[str]) -> dict[str, str]:
    """Which weights the models have now; results keep it, so that tables can tell those of earlier weights."""
    return {name: checkpoints.read(name).fingerprint for name in names}


def write(file: Path, record: Mapping[str, Any]) -> None:
    """Write a result file; all have one layout."""
    file.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def rounded(figure: Figure) -> dict[str, float]:
    """A figure as result files hold it: value and limits with four decimals."""
    return {"value": round(figure.value, 4), "low": round(figure.low, 4), "high": round(figure.high, 4)}
