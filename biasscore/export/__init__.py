"""Exports models for use without this library: as an ONNX graph, or as a folder for transformers."""

from biasscore.export.huggingface import write_huggingface
from biasscore.export.onnx import write_onnx

__all__ = ["write_huggingface", "write_onnx"]
