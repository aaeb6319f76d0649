"""An embedded model is loaded by its Hub id, from a local server that answers as the Hub does, and from the cache."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import biasscore
from biasscore.errors import ModelError
from biasscore.predict import checkpoints

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ID = "owner/name"


class Hub(BaseHTTPRequestHandler):
    """The requests that a download makes: what is in the repository, and the files."""

    folder: Path
    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        self.asked.append(self.path)
        if self.path.startswith(f"/api/models/{ID}/tree/"):
            files = [(file.name, file.stat().st_size) for file in self.folder.iterdir()]
            body = json.dumps([{"type": "file", "path": n, "size": size, "oid": n} for n, size in files]).encode()
        elif self.path.startswith(f"/api/models/{ID}"):
            siblings = [{"rfilename": file.name} for file in self.folder.iterdir()]
            body = json.dumps({"_id": "1", "id": ID, "sha": COMMIT, "siblings": siblings}).encode()
        else:
            file = self.folder / self.path.rpartition("/")[2].partition("?")[0]
            if not file.is_file() or not self.path.startswith(f"/{ID}/resolve/"):
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.end_headers()
                return
            body = file.read_bytes()
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(tiny_model, tmp_path, monkeypatch) -> Iterator[type[Hub]]:
    from huggingface_hub import constants

    Hub.folder, Hub.asked = shutil.copytree(tiny_model, tmp_path / "repository"), []
    (Hub.folder / "training.log").write_text("not needed")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", address)
    yield Hub
    server.shutdown()
    server.server_close()


def test_a_model_is_loaded_by_its_id_and_then_from_the_cache(hub, tiny_model):
    found = biasscore.load(ID, threads=1)
    assert found.settings.model == ID
    ours = biasscore.load(tiny_model, threads=1)
    assert found.score("The senator said absurd vote.") == ours.score("The senator said absurd vote.")
    assert not [path for path in hub.asked if "training.log" in path]
    hub.asked.clear()
    assert biasscore.load(ID, threads=1, local_files_only=True).fingerprint == ours.fingerprint
    assert biasscore.load(None, loaded=ID, local_files_only=True).settings.model == f"loaded={ID} spans={ID}"
    assert not hub.asked


def test_a_pinned_revision_is_what_is_asked_for(hub):
    biasscore.load(f"{ID}@{COMMIT}", threads=1)
    assert hub.asked
    assert all(COMMIT in path for path in hub.asked)


def test_a_file_that_is_not_the_one_that_was_written_is_refused(hub):
    calibration = Path(hub.folder, checkpoints.CALIBRATION)
    calibration.write_text(calibration.read_text(encoding="utf-8").replace("0.5", "0.6"), encoding="utf-8")
    with pytest.raises(ModelError, match=r"calibration\.json has changed since the model was written"):
        biasscore.load(ID, threads=1)
