"""sentence-transformers, or infinity, in an environment of its own: both need older libraries than biasscore.

    PYTHON served_peers.py SPEC.json        (started by ``peers.encoders``; imports nothing of biasscore)

The first line written says which encoders run here and which do not. After that, each line read names one; it encodes
all texts once and answers ``done``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

BACKENDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("torch", "torch", {}),
    ("torch bfloat16", "torch", {"model_kwargs": {"dtype": "bfloat16"}}),
    ("onnx", "onnx", {}),
    ("openvino", "openvino", {}),
)
INFINITY_DTYPES = ("float32", "bfloat16")
SPECIALS = {
    "pad_token": ("[PAD]", "<pad>"),
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "unk_token": ("[UNK]", "<unk>"),
}


def encoders(spec: dict[str, Any], folder: Path) -> Iterator[tuple[str, Callable[[], object] | str]]:
    """Name and run of each backend and batch size of what this environment is for; or why it cannot run."""
    serves_infinity = find_spec("infinity_emb") is not None
    try:
        path = saved(spec, folder)
    except ImportError as error:
        yield "infinity" if serves_infinity else "sentence-transformers", str(error)
        return
    yield from infinity(path, spec) if serves_infinity else sentence_transformers(path, spec)


def sentence_transformers(path: Path, spec: dict[str, Any]) -> Iterator[tuple[str, Callable[[], object] | str]]:
    """The library itself, on each of its backends."""
    from sentence_transformers import SentenceTransformer

    for said, backend, keywords in BACKENDS:
        name = f"sentence-transformers {said}"
        try:
            encoder = SentenceTransformer(str(path), backend=backend, device="cpu", **keywords)  # type: ignore[arg-type]
            encoder.encode(spec["texts"][:2])
        except Exception as error:
            yield name, f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
            continue
        for size in spec["batch_sizes"]:

            def run(encoder: Any = encoder, size: int = size) -> None:
                encoder.encode(spec["texts"], batch_size=size, show_progress_bar=False)

            yield f"{name}, batch size {size}", run


def infinity(path: Path, spec: dict[str, Any]) -> Iterator[tuple[str, Callable[[], object]]]:
    """The server of embeddings, called in its own process: no time goes into HTTP."""
    from infinity_emb import EngineArgs, SyncEngineArray

    texts = spec["texts"]
    for dtype in INFINITY_DTYPES:
        for size in spec["batch_sizes"]:
            args = EngineArgs(
                model_name_or_path=str(path),
                engine="torch",
                device="cpu",
                dtype=dtype,
                batch_size=size,
                bettertransformer=False,  # its kernels are for BERT in older versions of torch
                model_warmup=False,
            )
            server = SyncEngineArray([args])

            def run(server: Any = server) -> None:
                vectors, _ = server.embed(model=str(path), sentences=texts).result()
                if len(vectors) != len(texts):
                    raise SystemExit("infinity lost paragraphs")

            yield f"infinity {dtype}, batch size {size}", run


def saved(spec: dict[str, Any], folder: Path) -> Path:
    """A sentence-transformers folder with a BERT of the shape asked for and random weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    bert = folder / "bert"
    BertModel(BertConfig(**spec["bert"])).save_pretrained(bert)
    known = json.loads(Path(spec["tokenizer"]).read_text(encoding="utf-8"))["model"]["vocab"]
    # As BERT's tokenizers call them, or as RoBERTa's do; a token that the vocabulary lacks would get an id of its own.
    specials = {role: name for role, names in SPECIALS.items() for name in names if name in known}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=spec["tokenizer"], model_max_length=spec["max_tokens"], **specials
    )
    tokenizer.save_pretrained(bert)
    modules = [Transformer(str(bert)), Pooling(spec["bert"]["hidden_size"])]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "st"))
    return folder / "st"


def main() -> None:
    file = Path(sys.argv[1])
    # What the libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    found = dict(encoders(json.loads(file.read_text(encoding="utf-8")), file.parent))
    runs = {name: run for name, run in found.items() if not isinstance(run, str)}
    missing = [f"{name}: {why}" for name, why in found.items() if isinstance(why, str)]
    answers.write(json.dumps({"names": list(runs), "missing": missing}) + "\n")
    for line in sys.stdin:
        runs[line.strip()]()
        answers.write("done\n")


if __name__ == "__main__":
    main()
