"""The training loop: stages of AdamW on a network, with a state on disk from which a killed run goes on exactly.

Each step seeds its own dropout from recipe, stage and step number, and each epoch its own order, so a state is the
weights, the optimizer's moments and one number.
"""

from __future__ import annotations

import json
import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from biasscore.engine.device import resolve_device
from biasscore.engine.network import Network
from biasscore.errors import TrainingError
from biasscore.training.batches import Batch, collate, plan_epoch
from biasscore.training.examples import Example
from biasscore.training.mixture import generator
from biasscore.training.objective import combine, logits, losses
from biasscore.training.recipe import Precision, Recipe, Stage

_LOG_EVERY = 20
_MAX_NORM = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """What a progress bar shows: where a run stands.

    Attributes:
        run: name of the run (shared, a fold, final).
        steps: of the whole stage.
        loss: of the last batch.
    """

    run: str
    stage: str
    step: int
    steps: int
    loss: float


Progress = Callable[[Step], None]
EpochSource = Callable[[Stage, int], list[Example]]


@dataclass(frozen=True, slots=True)
class Runner:
    """Trains networks by one recipe.

    Attributes:
        source: the examples of a stage's epoch.
        progress: told every step.
    """

    recipe: Recipe
    device: torch.device
    source: EpochSource
    progress: Progress | None = None

    def run(self, network: Network, stages: Sequence[Stage], folder: Path) -> Network:
        """Train through the stages, going on from what ``folder`` holds of an earlier, interrupted call.

        Args:
            network: with the weights to start from; changed in place.
            folder: one a run; keeps the state, each finished stage's weights and the log.
        """
        folder.mkdir(parents=True, exist_ok=True)
        network.to(self.device)
        for stage in stages:
            finished = folder / f"{stage.name}.safetensors"
            if not finished.exists():
                self._stage(network, stage, folder)
                _check_finite(network, stage)
                save_file({k: v.contiguous() for k, v in network.state_dict().items()}, finished.with_suffix(".part"))
                finished.with_suffix(".part").replace(finished)
                (folder / "state.pt").unlink(missing_ok=True)
            network.load_state_dict(load_file(finished, device=str(self.device)))
        return network.eval()

    def _stage(self, network: Network, stage: Stage, folder: Path) -> None:
        trainer = _Trainer.start(network, self.recipe, stage, self.device)
        state = folder / "state.pt"
        done = trainer.restore(state)
        clock = time.perf_counter()
        for step, (batch, steps) in enumerate(self._batches(stage, done)):
            if step < done:
                continue
            by_head = trainer.step(collate(batch), step, steps)
            if not step % _LOG_EVERY:
                _log(folder, stage, step, steps, by_head, self.device, time.perf_counter() - clock)
            if self.progress:
                self.progress(Step(folder.name, stage.name, step + 1, steps, float(sum(by_head.values()))))
            if not (step + 1) % self.recipe.save_every:
                trainer.save(state, step + 1)

    def _batches(self, stage: Stage, done: int) -> Iterator[tuple[list[Example], int]]:
        """Every batch of every epoch, with the stage's number of steps; epochs before ``done`` give no examples."""
        steps_an_epoch = 0
        for epoch in range(stage.epochs):
            if steps_an_epoch and done >= (epoch + 1) * steps_an_epoch:
                yield from (([], 0) for _ in range(steps_an_epoch))
                continue
            examples = self.source(stage, epoch)
            rng = generator(self.recipe.seed, stage.name, "order", epoch)
            planned = plan_epoch(examples, stage.batch, rng)[: self.recipe.most_steps or None]
            # All epochs take as many steps as the first, so that the schedule is known from the start.
            steps_an_epoch = steps_an_epoch or len(planned)
            for i in range(steps_an_epoch):
                yield [examples[j] for j in planned[i % len(planned)]], steps_an_epoch * stage.epochs


@dataclass(slots=True)
class _Trainer:
    """One stage in progress: network and optimizer."""

    network: Network
    recipe: Recipe
    stage: Stage
    device: torch.device
    optimizer: torch.optim.Optimizer

    @classmethod
    def start(cls, network: Network, recipe: Recipe, stage: Stage, device: torch.device) -> _Trainer:
        for name, parameter in network.named_parameters():
            parameter.requires_grad = not network.part(name).startswith(tuple(f"{part}." for part in stage.frozen))
        optimizer = torch.optim.AdamW(_parameter_groups(network, stage), fused=True)
        # Dropout would only blur the vectors of an encoder that does not learn.
        network.train(mode="layers" not in stage.frozen)
        return cls(network, recipe, stage, device, optimizer)

    def step(self, batch: Batch, step: int, steps: int) -> dict[str, Tensor]:
        """One update; returns the loss of each head, still on the device: reading a number off a GPU waits for it."""
        torch.manual_seed(zlib.crc32(f"{self.recipe.seed}/{self.stage.name}/{step}".encode()))
        rate = schedule(step, steps, self.stage.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        batch = batch.to(self.device)
        with autocast(self.device, self.recipe.precision):
            by_head = losses(logits(self.network(batch.ids, batch.packing()), batch), batch)
            loss = combine(by_head, self.recipe.weights, self.stage.bag)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _MAX_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {head: value.detach() for head, value in by_head.items()}

    def save(self, path: Path, step: int) -> None:
        """Write the state after ``step`` steps, whole or not at all."""
        state = {
            "stage": self.stage.name,
            "step": step,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def restore(self, path: Path) -> int:
        """Take up a saved state of this stage; returns the number of steps it has done."""
        if not path.exists():
            return 0
        state: Mapping[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if state["stage"] != self.stage.name:
            return 0
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        return int(state["step"])


def _check_finite(network: Network, stage: Stage) -> None:
    if not all(bool(weights.isfinite().all()) for weights in network.parameters()):
        raise TrainingError(
            f"the stage {stage.name!r} ended with weights that are NaN or infinity; lower the key 'lr' of this stage, "
            "and train into a new folder"
        )


def schedule(step: int, steps: int, warmup: float) -> float:
    """Share of the peak rate: linear up over ``warmup`` of the steps, then linear down to 0."""
    rising = max(1, math.ceil(warmup * steps))
    if step < rising:
        return (step + 1) / rising
    return max(0.0, (steps - step) / max(1, steps - rising))


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """bfloat16 for matrix products where asked, or where the processor has instructions for it."""
    fast = device.type != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(
        device.type, torch.bfloat16, enabled=precision == "bfloat16" or (precision == "auto" and fast)
    )


def best_device() -> torch.device:
    """A GPU that can compute here, else the CPU."""
    return torch.device(resolve_device("auto"))


def _parameter_groups(network: Network, stage: Stage) -> list[dict[str, Any]]:
    """Heads apart from the encoder; norms and biases are not decayed."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            group = network.part(name).startswith("heads."), parameter.ndim > 1
            groups.setdefault(group, []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": stage.lr,
            "peak": stage.lr * (stage.head_rate if heads else 1.0),
            "weight_decay": stage.weight_decay if decayed else 0.0,
        }
        for (heads, decayed), parameters in groups.items()
    ]


def _log(
    folder: Path,
    stage: Stage,
    step: int,
    steps: int,
    by_head: Mapping[str, Tensor],
    device: torch.device,
    seconds: float,
) -> None:
    """One line of what a card says of the cost, and of how the losses fall."""
    values = {head: round(float(value), 4) for head, value in by_head.items()}
    ran = {"device": device.type, "threads": torch.get_num_threads()}
    line = {"stage": stage.name, "step": step, "steps": steps, **values, **ran, "seconds": round(seconds, 1)}
    with (folder / "log.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
