"""Distillation: a small network learns to give a larger one's vectors, token by token.

The last layer's vectors and the columns of the heads are imitated together (FitNets, Romero et al. 2015; TinyBERT, Jiao
et al. 2020): the vectors carry what no head reads yet, the columns what the heads do read. No labels are needed, so any
text of the domain will do.
"""

from __future__ import annotations

import torch
from torch import Tensor

from biasscore.engine.network import Network
from biasscore.errors import TrainingError
from biasscore.training.batches import Batch
from biasscore.training.start import start


def read_teacher(path: str, student: Network, device: torch.device) -> Network:
    """The network to imitate.

    Raises:
        TrainingError: if its vectors or its vocabulary are not those of the student.
    """
    teacher, _ = start(path)
    if (teacher.config.hidden_size, teacher.config.vocab_size) != (
        student.config.hidden_size,
        student.config.vocab_size,
    ):
        raise TrainingError(
            f"teacher {path} differs from the student in width or vocabulary; use the teacher as the recipe's base"
        )
    return teacher.to(device).eval()


def imitation(student: Network, teacher: Network, batch: Batch) -> dict[str, Tensor]:
    """How far the student's vectors and head columns are from the teacher's.

    Returns:
        vectors: squared distance over the squared length of the teacher's vector, mean by token.
        columns: mean squared difference of the heads' columns.
    """
    packing = batch.packing()
    real = batch.words >= 0
    with torch.no_grad():
        wanted = teacher.encode(batch.ids, packing)
        wanted_columns = teacher.heads(wanted).float()[real]
    found = student.encode(batch.ids, packing)
    columns = student.heads(found).float()[real]
    apart = (found - wanted).float()[real].square().sum(-1)
    size = wanted.float()[real].square().sum(-1)
    return {"vectors": (apart / size).mean(), "columns": (columns - wanted_columns).square().mean()}
