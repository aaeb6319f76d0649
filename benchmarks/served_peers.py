"""sentence-transformers in an environment of its own: some of its backends need older libraries than biasscore.

    PYTHON served_peers.py SPEC.json        (started by ``peers.sentence_encoders``; imports nothing of biasscore)

The first line written says which encoders run here and which do not. After that, each line read names one; it encodes
all texts once and answers ``done``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BACKENDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("torch", "torch", {}),
    ("torch bfloat16", "torch", {"model_kwargs": {"dtype": "bfloat16"}}),
    ("onnx", "onnx", {}),
    ("openvino", "openvino", {}),
)
SPECIALS = {
    "pad_token": ("[PAD]", "<pad>"),
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "unk_token": ("[UNK]", "<unk>"),
}


def encoders(spec: dict[str, Any], folder: Path) -> Iterator[tuple[str, Callable[[], object] | str]]:
    """Name and run of each backend and batch size; or why it cannot run."""
    try:
        from sentence_transformers import SentenceTransformer

        path = saved(spec, folder)
    except ImportError as error:
        yield "sentence-transformers", str(error)
        return
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
