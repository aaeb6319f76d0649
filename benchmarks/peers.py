"""What biasscore is measured against. Each function yields rivals ready to run, or a line that says why one cannot."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from biasscore.engine.tokens import Tokenizer
from biasscore.errors import BiasScoreError
from biasscore.export import write_onnx
from biasscore.predict.checkpoints import Checkpoint

PIPELINE_BATCHES = (1, 8, 32)
PIPELINE_SIZES: dict[str, dict[str, int]] = {
    "BERT-base": {},
    "MiniLM": {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536},
}
ENCODE_BATCHES = (8, 32, 128)


Forward = Callable[[dict[str, np.ndarray]], object]


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something that can be timed.

    Attributes:
        run: does the work once.
        amount: what one run gets done, in ``unit``.
    """

    name: str
    run: Callable[[], object]
    amount: float
    unit: str = "paragraphs/s"


def pipelines(checkpoint: Checkpoint, paragraphs: Sequence[str]) -> Iterator[Contestant]:
    """Three default text-classification pipelines of each size: two of BERT's kind and one of RoBERTa's."""
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
        RobertaConfig,
        RobertaForSequenceClassification,
        pipeline,
    )

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(checkpoint.tokenizer_file), pad_token="[PAD]", model_max_length=512
    )
    for size, shape in PIPELINE_SIZES.items():
        roberta = RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, num_labels=3, **shape)
        models = [
            BertForSequenceClassification(BertConfig(num_labels=2, **shape)),
            BertForSequenceClassification(BertConfig(num_labels=2, **shape)),
            RobertaForSequenceClassification(roberta),
        ]
        three = [
            pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device=-1) for model in models
        ]
        for batch in PIPELINE_BATCHES:

            def run(three: list[Any] = three, batch: int = batch) -> None:
                for each in three:
                    answers = each(list(paragraphs), batch_size=batch, truncation=True)
                    if len(answers) != len(paragraphs):
                        raise SystemExit("a pipeline lost paragraphs")

            yield Contestant(f"three transformers pipelines of {size} size, batch size {batch}", run, len(paragraphs))


def encoders(
    checkpoint: Checkpoint, paragraphs: Sequence[str], folder: Path, python: str
) -> Iterator[Contestant | str]:
    """Vectors by sentence-transformers or infinity, with an encoder of the same shape.

    Args:
        python: interpreter of the environment that has one; see ``peers*.txt`` and ``served_peers``.
    """
    e = checkpoint.encoder
    spec = {
        "bert": {
            "vocab_size": e.vocab_size,
            "hidden_size": e.hidden_size,
            "num_hidden_layers": e.n_layers,
            "num_attention_heads": e.n_heads,
            "intermediate_size": e.intermediate_size,
            "max_position_embeddings": e.max_positions,
        },
        "tokenizer": str(checkpoint.tokenizer_file.resolve()),
        "max_tokens": checkpoint.max_tokens,
        "batch_sizes": ENCODE_BATCHES,
        "texts": list(paragraphs),
    }
    folder.mkdir()
    file = folder / "spec.json"
    file.write_text(json.dumps(spec), encoding="utf-8")
    served = subprocess.Popen(
        # Without the folder of the script on its path, whose profile.py would hide that of Python.
        [python, "-P", str(Path(__file__).with_name("served_peers.py")), str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    told = _answer(served)
    yield from told["missing"]
    for name in told["names"]:
        yield Contestant(name, partial(_ask, served, name), len(paragraphs))


def _ask(served: subprocess.Popen[str], name: str) -> None:
    assert served.stdin is not None
    served.stdin.write(name + "\n")
    _answer(served)


def _answer(served: subprocess.Popen[str]) -> Any:
    assert served.stdout is not None
    line = served.stdout.readline()
    if not line:
        raise SystemExit("the peers' process has ended; its last lines stand above")
    return json.loads(line) if line.startswith("{") else line


def runtimes(checkpoint: Checkpoint, paragraphs: Sequence[str], folder: Path) -> Iterator[Contestant | str]:
    """The same network in other runtimes, as one would serve it: paragraphs tokenised, sorted by length, padded.

    ONNX Runtime's own dynamic int8 takes one activation scale a batch, so there a score depends on its neighbours.
    """
    graph = folder / "float32.onnx"
    try:
        write_onnx(checkpoint, graph)
    except BiasScoreError as error:
        yield str(error)
        return
    tokenizer = Tokenizer.from_file(checkpoint.tokenizer_file)
    for name, opened in (
        ("ONNX Runtime float32", _onnx_float32),
        ("ONNX Runtime int8", _onnx_int8),
        ("OpenVINO", _openvino),
    ):
        try:
            forward = opened(graph)
        except ImportError as error:
            yield f"{name}: {error}"
            continue
        for size in ENCODE_BATCHES:

            def run(forward: Forward = forward, size: int = size) -> None:
                found = sorted(tokenizer(list(paragraphs)).sequences(), key=len)
                for start in range(0, len(found), size):
                    forward(_padded(found[start : start + size], tokenizer, checkpoint.max_tokens))

            yield Contestant(f"{name}, sorted, padded, batch size {size}", run, len(paragraphs))


def _onnx_float32(graph: Path) -> Forward:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(None, inputs)


def _onnx_int8(graph: Path) -> Forward:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantized = graph.with_name("int8.onnx")
    quantize_dynamic(graph, quantized, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])
    return _onnx_float32(quantized)


def _openvino(graph: Path) -> Forward:
    """In the number format that it takes by itself: bfloat16 where the processor has it."""
    import openvino

    compiled = openvino.Core().compile_model(str(graph), "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    request = compiled.create_infer_request()
    return request.infer


def _padded(batch: Sequence[np.ndarray], tokenizer: Tokenizer, max_tokens: int) -> dict[str, np.ndarray]:
    width = min(max_tokens, max(map(len, batch)) + 2)
    ids, positions = np.zeros((2, len(batch), width), dtype=np.int64)
    segments = np.full((len(batch), width), -1, dtype=np.int64)
    for i, sequence in enumerate(batch):
        framed = np.concatenate((tokenizer.before, sequence[: width - 2], tokenizer.after))
        ids[i, : len(framed)], positions[i, : len(framed)] = framed, np.arange(len(framed))
        segments[i, : len(framed)] = 0
    return {"ids": ids, "positions": positions, "segments": segments}
