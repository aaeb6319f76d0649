"""The documentation site builds, and its pages work in a real headless Chromium, where there is one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from test_report_browser import BROWSER, CHROMIUM
from test_report_browser import pytestmark as in_a_browser

import biasscore

ROOT = Path(__file__).parents[1]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    pytest.importorskip("material", reason="needs mkdocs-material")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """Of the site, served as a web server does: its search needs one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    page = (site / "reference/index.html").read_text(encoding="utf-8")
    listed = {name.rpartition(".")[2] for name in re.findall(r'id="(biasscore[\w.]+)"', page)}
    methods = {name for name in vars(biasscore.Scorer) if not name.startswith("_")}
    rooms = {*biasscore.training.__all__, *biasscore.export.__all__, "plots", "to_html", "run", "JobConfig", "evaluate"}
    assert {*biasscore.__all__, *methods, *rooms} - listed == {"__version__"}


@in_a_browser[0]
@in_a_browser[1]
def test_pages_open_without_errors_or_broken_images_wide_and_narrow(address: str) -> None:
    task = {"chromium": CHROMIUM, "base": address, "pages": ["", "reports/"], "widths": [1200, 360]}
    command = ["node", "site.mjs", json.dumps(task)]
    done = subprocess.run(command, cwd=BROWSER, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert len(seen) == 4
    for page in seen:
        assert page["heading"]
        assert (page["problems"], page["broken"]) == ([], []), page
        assert page["overflow"] == 0, page
    assert all(page["images"] for page in seen if page["path"] == "reports/")
