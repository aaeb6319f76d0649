"""What biasscore is measured against. Each function yields peers ready to run, or a line that says why one cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from biasscore.engine.tokens import Tokenizer
from biasscore.errors import BiasScoreError
from biasscore.export import write_onnx
from biasscore.predict.checkpoints import Checkpoint

PIPELINE_BATCHES = (1, 8, 32)
ENCODE_BATCHES = (32, 128)


Forward = Callable[[dict[str, np.ndarray]], object]


@dataclass(frozen=True, slots=True)
class Peer:
    """A rival ready to run.

    Attributes:
        paragraphs: how many one run gets through.
    """

    name: str
    run: Callable[[], object]
    paragraphs: int


def pipelines(checkpoint: Checkpoint, paragraphs: Sequence[str]) -> Iterator[Peer]:
    """Three default text-classification pipelines, two of BERT-base's size and one of RoBERTa-base's."""
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
        RobertaConfig,
        RobertaForSequenceClassification,
        pipeline,
    )

    roberta = RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, num_labels=3)
    models = [
        BertForSequenceClassification(BertConfig(num_labels=2)),
        BertForSequenceClassification(BertConfig(num_labels=2)),
        RobertaForSequenceClassification(roberta),
    ]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(checkpoint.tokenizer_file), pad_token="[PAD]", model_max_length=512
    )
    three = [pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device=-1) for model in models]
    for size in PIPELINE_BATCHES:

        def run(size: int = size) -> None:
            for each in three:
                answers = each(list(paragraphs), batch_size=size, truncation=True)
                if len(answers) != len(paragraphs):
                    raise SystemExit("a pipeline lost paragraphs")

        yield Peer(f"three transformers pipelines, batch size {size}", run, len(paragraphs))


def sentence_encoders(checkpoint: Checkpoint, paragraphs: Sequence[str], folder: Path) -> Iterator[Peer | str]:
    """sentence-transformers ``encode`` with an encoder of the same shape, on each of its backends."""
    try:
        import sentence_transformers
    except ImportError:
        yield "sentence-transformers is not installed"
        return
    path = _hugging_face(checkpoint, folder / "encoder")
    for backend, keywords in (
        ("torch", {}),
        ("torch", {"model_kwargs": {"dtype": "bfloat16"}}),
        ("onnx", {}),
        ("openvino", {}),
    ):
        name = f"sentence-transformers {backend}{' bfloat16' if keywords else ''}"
        try:
            encoder = sentence_transformers.SentenceTransformer(str(path), backend=backend, device="cpu", **keywords)
            encoder.encode(list(paragraphs[:2]))
        except Exception as error:
            yield f"{name}: {type(error).__name__}: {str(error).splitlines()[0][:200]}"
            continue
        for size in ENCODE_BATCHES:

            def run(encoder: Any = encoder, size: int = size) -> None:
                encoder.encode(list(paragraphs), batch_size=size, show_progress_bar=False)

            yield Peer(f"{name}, batch size {size}", run, len(paragraphs))


def runtimes(checkpoint: Checkpoint, paragraphs: Sequence[str], folder: Path) -> Iterator[Peer | str]:
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

            yield Peer(f"{name}, sorted, padded, batch size {size}", run, len(paragraphs))


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


def _hugging_face(checkpoint: Checkpoint, path: Path) -> Path:
    """A sentence-transformers folder with a BERT of the checkpoint's shape and random weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    e = checkpoint.encoder
    config = BertConfig(
        vocab_size=e.vocab_size,
        hidden_size=e.hidden_size,
        num_hidden_layers=e.n_layers,
        num_attention_heads=e.n_heads,
        intermediate_size=e.intermediate_size,
        max_position_embeddings=e.max_positions,
    )
    bert = path / "bert"
    BertModel(config).save_pretrained(bert)
    specials = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(
        tokenizer_file=str(checkpoint.tokenizer_file), model_max_length=checkpoint.max_tokens, **specials
    ).save_pretrained(bert)
    modules = [Transformer(str(bert)), Pooling(checkpoint.encoder.hidden_size)]
    SentenceTransformer(modules=modules, device="cpu").save(str(path / "st"))
    return path / "st"
