"""Fixtures that several test files share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import fast_tokenizer
from hypothesis import settings

from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.config import EncoderConfig
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED

# How long an example takes says something of the machine's load, not of the code. In CI the examples are the same
# every time, so that a run that fails tells of the change; at home each run looks at new ones.
settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("untimed")

# Files that take ten seconds or more, the longest first. They begin: at the end, one process would wait for the other.
LONG = (
    "ray curves hub_training spark notebooks training cli docs hub formats jobs jobs_frames processes hub_start house "
    "packaging attack"
).split()

TINY = EncoderConfig(
    vocab_size=fast_tokenizer().get_vocab_size(),
    hidden_size=16,
    n_layers=2,
    n_heads=2,
    intermediate_size=32,
    max_positions=32,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; else the order stays."""
    places = {f"test_{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The fastest engine is chosen once a run: not from what the user's folder holds, nor anew at each load."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real checkpoint with random weights that loads in milliseconds."""
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(scale=0.4, size=shape) for name, shape in TINY.shapes(N_COLUMNS).items()}
    folder = tmp_path_factory.mktemp("models") / "tiny"
    checkpoints.write(
        folder,
        name="tiny",
        encoder=TINY,
        max_tokens=TINY.max_positions,
        weights=weights,
        tokenizer_json=fast_tokenizer().to_str(),
        calibration=UNCALIBRATED,
    )
    return folder
