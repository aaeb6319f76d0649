"""The documentation site in a real headless Chromium; skipped, and saying so, where something for it is missing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from test_report_browser import BROWSER, CHROMIUM, pytestmark  # noqa: F401 the marks skip these tests, too

ROOT = Path(__file__).parents[1]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of the built site, served as a web server does: its search needs one."""
    pytest.importorskip("material", reason="needs mkdocs-material")
    site = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


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
