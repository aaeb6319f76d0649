"""Models for use without this library: an ONNX graph, or a folder that transformers opens."""

from biasscore.export.huggingface import write_huggingface
from biasscore.export.onnx import write_onnx

__all__ = ["write_huggingface", "write_onnx"]
