"""Nothing leaves the machine while the embedded models score, from Python or from a compiled library."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from without_network import can_watch

pytestmark = pytest.mark.skipif(not can_watch(), reason="needs Linux on x86_64 or aarch64")

ROOT = Path(__file__).parents[1]
SCORE = """
import sys, time
from without_network import end_at_a_socket
end_at_a_socket()
import biasscore
scorer = biasscore.load({model!r}, backend={backend!r}, device="cpu", threads=1)
assert scorer.score("The smug vote was a scandal.", title="A vote").loaded is not None
time.sleep(2)  # what calls home does so a little later
"""
SOCKET = """
import socket
from without_network import end_at_a_socket
end_at_a_socket()
socket.socket({family})
"""


def child(code: str, home: Path) -> subprocess.CompletedProcess[bytes]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "ORT_", "HF_"))}
    where = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    env = {**known, "PYTHONPATH": where, "XDG_CACHE_HOME": str(home), "HOME": str(home)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=False)


@pytest.mark.parametrize(("model", "backend"), [("base", "torch"), ("small", "onnx")])
def test_the_embedded_models_open_no_socket(model: str, backend: str, tmp_path: Path) -> None:
    if backend == "onnx":
        pytest.importorskip("onnxruntime")
    found = child(SCORE.format(model=model, backend=backend), tmp_path)
    assert found.returncode == 0, found.stderr.decode()
    assert not [path for path in tmp_path.rglob("*") if "Microsoft" in path.name], "an id of this machine was made"


@pytest.mark.parametrize("family", ["socket.AF_INET", "socket.AF_INET6"])
def test_the_watch_ends_a_process_that_opens_one(family: str, tmp_path: Path) -> None:
    assert child(SOCKET.format(family=family), tmp_path).returncode == -signal.SIGSYS


def test_the_watch_leaves_other_sockets_alone(tmp_path: Path) -> None:
    assert child(SOCKET.format(family="socket.AF_UNIX"), tmp_path).returncode == 0
