"""Model folders from strangers: they score, or one line names what is wrong; no hang, no memory beyond bounds."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from conftest import TINY
from fakes import fast_tokenizer
from safetensors.numpy import load_file, save_file

import biasscore
from attack.case import Case
from biasscore.engine.columns import N_COLUMNS
from biasscore.errors import LabelMapError, ModelError
from biasscore.heads import FRAMING
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED
from biasscore.predict.ngrams import NgramHead

TEXT = "The senator said the bill was absurd. They issued empty warnings."
NEEDED = ("config.json", "calibration.json", "tokenizer.json", "model.safetensors")
VALUES: dict[str, Any] = {
    "nothing": None, "a billion": 10**9, "huge": 10**30, "zero": 0, "minus one": -1, "a fraction": 2.5, "a string": "2",
    "a float": 8.0, "true": True, "a list": [2], "an object": {"a": 1}, "infinite": float("inf"), "NaN": float("nan"),
    "a long string": "x" * 100_000, "controls": "\x1b[31m\u202e\n",
}  # fmt: skip


@cache
def ours() -> Path:
    """A tiny model of our own layout."""
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(scale=0.4, size=shape) for name, shape in TINY.shapes(N_COLUMNS).items()}
    folder = Path(tempfile.mkdtemp()) / "tiny"
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


@cache
def with_ngrams() -> Path:
    """The same with a head for framing on n-grams, whose tensors lie beside those of the network."""
    folder = Path(tempfile.mkdtemp()) / "tiny"
    shutil.copytree(ours(), folder)
    rng = np.random.default_rng(0)
    shapes = NgramHead.shapes(TINY.vocab_size, len(FRAMING.labels))
    head = {
        f"{checkpoints.NGRAMS}{name}": np.abs(rng.normal(size=shape)).astype(np.float32)
        for name, shape in shapes.items()
    }
    save_file(load_file(folder / "model.safetensors") | head, folder / "model.safetensors", metadata={"format": "pt"})
    _field("config.json", ("ngrams",), True, folder)
    signed(folder)
    return folder


@cache
def theirs() -> Path:
    """A tiny classifier as transformers saves it."""
    import hub_models

    return hub_models.make(Path(tempfile.mkdtemp()) / "roberta")


def signed(folder: Path) -> None:
    """Write the hashes anew, as a stranger would."""
    config = json.loads((folder / "config.json").read_text())
    config["sha256"] = {name: checkpoints._sha256(folder / name) for name in config["sha256"]}
    (folder / "config.json").write_text(json.dumps(config))


def scores(folder: Path, hub: bool) -> None:
    """It opens and scores, or is refused in one line; nothing else."""
    given: dict[str, Any] = {"device": "cpu", "threads": 1}
    told = ""
    try:
        scorer = biasscore.load(None, sentiment=str(folder), **given) if hub else biasscore.load(folder, **given)
        document = scorer.score(TEXT)
    except (ModelError, LabelMapError) as problem:
        told = str(problem)
    if told:
        assert len(told) < 2_000, "a long error"
        assert len(told.splitlines()) == 1, f"more than one line: {told!r}"
        return
    found = document.tone if hub else document.loaded
    assert found is not None, "a score is null and nobody was told"
    scorer.close()


def _changed(base: Callable[[], Path], hub: bool, change: Callable[[Path], None], root: Path) -> None:
    folder = root / "model"
    shutil.copytree(base(), folder)
    change(folder)
    plain = all((folder / file).is_file() for file in NEEDED)  # a device is no file
    # What cannot be signed is tried as it is.
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if plain and not hub:
            signed(folder)
    scores(folder, hub)


def _field(file: str, path: tuple[str, ...], value: Any, folder: Path) -> None:
    values = json.loads((folder / file).read_text())
    place = values
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    (folder / file).write_text(json.dumps(values))


def _gone(file: str, path: tuple[str, ...], folder: Path) -> None:
    values = json.loads((folder / file).read_text())
    place = values
    for name in path[:-1]:
        place = place[name]
    place.pop(path[-1], None)
    (folder / file).write_text(json.dumps(values))


def _written(file: str, content: bytes, folder: Path) -> None:
    (folder / file).write_bytes(content)


def _replaced(file: str, kind: str, folder: Path) -> None:
    (folder / file).unlink(missing_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(folder / file)
        case "folder":
            (folder / file).mkdir()
        case "endless link":
            (folder / file).symlink_to("/dev/zero")
        case "link to itself":
            (folder / file).symlink_to(folder / file)


def _weights(change: Callable[[np.ndarray], np.ndarray], tensor: str, folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    name = next(name for name in tensors if tensor in name)
    tensors[name] = np.ascontiguousarray(change(tensors[name]))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _poisoned(value: float, array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.reshape(-1)[0] = value
    return array


def _index(weight_map: Any, folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    if isinstance(weight_map, str) and "{name}" in weight_map:
        tensors = load_file(folder / "model-1.safetensors")
        target = weight_map.format(name="model-1.safetensors", root=folder.parent)
        shutil.copy(folder / "model-1.safetensors", folder.parent / "model-1.safetensors")
        weight_map = dict.fromkeys(tensors, target)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def _tokenizer(change: Callable[[dict[str, Any]], None], folder: Path) -> None:
    values = json.loads((folder / "tokenizer.json").read_text())
    change(values)
    (folder / "tokenizer.json").write_text(json.dumps(values))


def _doubling(times: int, content: str, values: dict[str, Any]) -> None:
    step = {"type": "Replace", "pattern": {"String": "a"}, "content": content}
    values["normalizer"] = {"type": "Sequence", "normalizers": [step] * times}


def _ids_moved(by: int, values: dict[str, Any]) -> None:
    values["added_tokens"] = []
    values["model"]["vocab"] = {word: number + by for word, number in values["model"]["vocab"].items()}


def _pickle(name: str, folder: Path) -> None:
    """A pickle that would write a file, under a name that may be taken for weights."""

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(folder / "ran"),)

    (folder / name).write_bytes(pickle.dumps(Bomb()))
    if name != "pytorch_model.bin":
        _field("config.json", ("transformers_weights",), name, folder)
    (folder / "model.safetensors").unlink()


def _no_code_ran(name: str, root: Path) -> None:
    _changed(theirs, True, partial(_pickle, name), root)
    assert not (root / "model/ran").exists(), "the pickle ran"


def _same_fingerprint(sharded: bool, parent: str, root: Path) -> None:
    """Other weights have another fingerprint, wherever they lie and however they are named."""
    folder = root / parent / "model"
    shutil.copytree(theirs(), folder)
    if sharded:
        _index("{name}", folder)
    weights = next(folder.glob("model*.safetensors"))
    found = []
    for factor in (1.0, 2.0):
        tensors = {name: tensor * np.float32(factor) for name, tensor in load_file(weights).items()}
        save_file(tensors, weights, metadata={"format": "pt"})
        with biasscore.load(None, sentiment=str(folder), device="cpu", threads=1) as scorer:
            found.append(scorer.fingerprint)
    assert found[0] != found[1], "two weights carry one fingerprint"


def _special(count: int, number: int, values: dict[str, Any]) -> None:
    """A template that puts so many special tokens before a text."""
    piece = {"SpecialToken": {"id": "[CLS]", "type_id": 0}}
    values["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [*[piece] * count, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [number], "tokens": ["[CLS]"]}},
    }


OURS_FIELDS = [
    *((name,) for name in ("format", "name", "heads", "max_tokens", "ngrams", "encoder", "sha256")),
    *(("encoder", name) for name in TINY.to_dict()),
    *(("heads", name) for name in ("loaded", "of a newer version")),
]
CALIBRATION_FIELDS = (
    ("maps",), ("maps", "loaded"), ("maps", "loaded", "scale"), ("maps", "loaded", "shift"), ("prevalence",),
    ("neutral_below",), ("loaded_above",), ("span_above",),
)  # fmt: skip
THEIR_FIELDS = (
    "model_type", "architectures", "num_labels", "id2label", "vocab_size", "hidden_size", "num_hidden_layers",
    "num_attention_heads", "intermediate_size", "max_position_embeddings", "pad_token_id", "layer_norm_eps",
    "type_vocab_size",
)  # fmt: skip
CONTENTS = {
    "empty": b"", "null": b"null", "a list": b"[]", "a number": b"5", "a string": b'"x"', "half": b'{"format": 3, ',
    "no UTF-8": b'{"a": "\xff"}', "nested": b"[" * 200_000, "nested objects": b'{"a":' * 100_000, "zeros": bytes(500),
    "a huge number": b'{"prevalence": 1' + b"0" * 5_000 + b"}", "an object": b"{}",
}  # fmt: skip


def cases() -> Iterator[Case]:
    """The whole table of this kind."""
    yield from _our_cases()
    yield from _head_cases()
    yield from _their_cases()


def _our_cases() -> Iterator[Case]:  # noqa: C901 a list of lists
    def case(name: str, change: Callable[[Path], None]) -> Case:
        return Case("model folder of ours", name, partial(_changed, ours, False, change))

    for path in OURS_FIELDS:
        for name, value in VALUES.items():
            yield case(f"config.json: {'.'.join(path)} is {name}", partial(_field, "config.json", path, value))
        yield case(f"config.json: {'.'.join(path)} is gone", partial(_gone, "config.json", path))
    for path in CALIBRATION_FIELDS:
        for name, value in VALUES.items():
            told = f"calibration.json: {'.'.join(path)} is {name}"
            yield case(told, partial(_field, "calibration.json", path, value))
    for file in NEEDED:
        for name, content in CONTENTS.items():
            yield case(f"{file} is {name}", partial(_written, file, content))
        for kind in ("pipe", "folder", "endless link", "link to itself", "nothing"):
            yield case(f"{file} is {kind}", partial(_replaced, file, kind))
    for tensor in ("words.weight", "positions.weight", "heads.bias", "layers.0.qkv.weight", "layers.1.feed_norm.bias"):
        for name, change in WEIGHT_FAULTS.items():
            yield case(f"weights: {tensor} {name}", partial(_weights, change, tensor))
    for name, step in TOKENIZER_FAULTS.items():
        yield case(f"tokenizer.json: {name}", partial(_tokenizer, step))


def _head_cases() -> Iterator[Case]:
    for tensor in NgramHead.shapes(0, 0):
        for name, change in (WEIGHT_FAULTS | {"are negative": np.negative}).items():
            step = partial(_weights, change, checkpoints.NGRAMS + tensor)
            yield Case("head on n-grams", f"{tensor} {name}", partial(_changed, with_ngrams, False, step))
    for name, value in VALUES.items():
        step = partial(_field, "config.json", ("ngrams",), value)
        yield Case("head on n-grams", f"config.json: ngrams is {name}", partial(_changed, with_ngrams, False, step))


def _their_cases() -> Iterator[Case]:  # noqa: C901 a list of lists
    def case(name: str, change: Callable[[Path], None]) -> Case:
        return Case("classifier folder", name, partial(_changed, theirs, True, change), is_slow=True, seconds=300)

    for field in THEIR_FIELDS:
        for name, value in VALUES.items():
            yield case(f"config.json: {field} is {name}", partial(_field, "config.json", (field,), value))
    for name, value in VALUES.items():
        change = partial(_field, "tokenizer_config.json", ("model_max_length",), value)
        yield case(f"tokenizer_config.json: model_max_length is {name}", change)
        yield case(f"index: weight_map is {name}", partial(_index, value))
        yield case(f"index: a shard is {name}", partial(_index, {"classifier.weight": value}))
    for target in ("{name}", "../{name}", "{root}/{name}", "./{name}", "x/../{name}"):
        yield case(f"index names {target}", partial(_index, target))
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors", "vocab.txt"):
        for name, content in CONTENTS.items():
            yield case(f"{file} is {name}", partial(_written, file, content))
        for kind in ("pipe", "folder", "endless link", "link to itself"):
            yield case(f"{file} is {kind}", partial(_replaced, file, kind))
    for name, change in WEIGHT_FAULTS.items():
        yield case(f"weights: {name}", partial(_weights, change, "word_embeddings"))
    for name, step in TOKENIZER_FAULTS.items():
        yield case(f"tokenizer.json: {name}", partial(_tokenizer, step))
    for name in ("pytorch_model.bin", "adapter_model.bin", "weights.pt", "../weights.bin"):
        yield Case("pickles", name, partial(_no_code_ran, name), is_slow=True)
    for sharded in (False, True):
        for parent in (".", "snapshots"):
            check = partial(_same_fingerprint, sharded, parent)
            yield Case("fingerprint", f"sharded={sharded} below {parent}", check, is_slow=True)


_CATASTROPHE = "(a+|[a-z ]+)+$!"
WEIGHT_FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "hold NaN": lambda a: np.full_like(a, np.nan),
    "hold one NaN": partial(_poisoned, np.nan),
    "hold one infinity": partial(_poisoned, np.inf),
    "hold one minus infinity": partial(_poisoned, -np.inf),
    "are too large": lambda a: np.full(a.shape, 3e38, dtype=np.float32),
    "are large": lambda a: (a.astype(np.float32) * 1e30).astype(np.float32),
    "are float64": lambda a: a.astype(np.float64),
    "are int64": lambda a: a.astype(np.int64),
    "are bool": lambda a: a.astype(bool),
    "are transposed": lambda a: a[::-1].T if a.ndim == 2 else a[:-1],
    "are empty": lambda a: a[:0],
}
TOKENIZER_FAULTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "doubles forty times": partial(_doubling, 40, "aa"),
    "doubles ten times": partial(_doubling, 10, "aa"),
    "replaces by 10 MB": partial(_doubling, 1, "b" * 10_000_000),
    "prepends 1 MB": lambda values: values.update(normalizer={"type": "Prepend", "prepend": "b" * 1_000_000}),
    "a normaliser that panics": lambda values: values.update(
        normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"}
    ),
    "removes all": lambda values: values.update(
        normalizer={"type": "Replace", "pattern": {"Regex": "."}, "content": ""}
    ),
    "special tokens leave no room": partial(_special, 1_000, 2),
    "a special token beyond the embedding": partial(_special, 1, 10**6),
    "a special token beyond 2^31": partial(_special, 1, 2**32 - 1),
    "ids beyond the embedding": partial(_ids_moved, 1_000),
    "ids near 2^32": partial(_ids_moved, 2**32 - 200),
    "ids beyond 2^31": partial(_ids_moved, 2**31),
    "no model": lambda values: values.pop("model"),
    "another model": lambda values: values.update(model={"type": "WordLevel", "vocab": {}, "unk_token": "x"}),
    "no vocabulary": lambda values: values["model"].update(vocab={}),
    "catastrophic pattern": lambda values: values.update(
        pre_tokenizer={
            "type": "Split",
            "pattern": {"Regex": _CATASTROPHE},
            "behavior": "Isolated",
            "invert": False,
        }
    ),
}
