"""Damaged job folders. The final table must equal that of an undisturbed run, or one plain error says what to do."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fakes import fake_scorer
from jobs_inputs import records, write_jsonl

from attack.case import Case
from biasscore.errors import BiasScoreError, JobError
from biasscore.jobs import JobConfig, pinned, run
from biasscore.jobs.files import sealed, unsealed
from biasscore.jobs.folder import JobFolder
from biasscore.scorer import Scorer
from biasscore.tables import Columns

COLUMNS = Columns(text="body", title="head", id="key", group="outlet", keep=("year",))
ROWS, SHARD_ROWS = 12, 3
OUTS = ("out", "out.parquet", "out.jsonl", "out.csv")
Damage = Callable[[Path, random.Random], None]


def config(source: Path, out: Path) -> JobConfig:
    return JobConfig((str(source),), out, COLUMNS, shard_rows=SHARD_ROWS)


def contents(out: Path) -> dict[str, bytes]:
    """Every result file, byte for byte, as a reader of the output finds them."""
    files = [out] if out.is_file() else sorted(path for path in out.glob("*") if path.name[0] not in "._")
    assert files, f"{out} holds no result"
    return {"" if out.is_file() else path.name: path.read_bytes() for path in files}


class Interrupted(Scorer):
    """A scorer that ends the run, as Ctrl-C does, after so many documents."""

    def __init__(self, after: int) -> None:
        inner = fake_scorer()
        super().__init__(inner._model, inner.settings, inner.stats)
        self._after = after

    def stream(self, texts):  # type: ignore[no-untyped-def]
        for document in super().stream(texts):
            if self._after == 0:
                raise KeyboardInterrupt
            self._after -= 1
            yield document


def interrupt(job: JobConfig, after: int) -> None:
    """Run a job until so many documents have come, as Ctrl-C ends it."""
    try:
        run(job, lambda: Interrupted(after))
    except KeyboardInterrupt:
        return
    raise AssertionError("the job ended before it was interrupted")


def settle(job: JobConfig, tries: int = 4) -> int:
    """Run a job to its end, doing what each error says; how many errors it took."""
    said = []
    while len(said) < tries:
        try:
            run(job, fake_scorer)
        except JobError as told:
            said.append(str(told))
            follow(said[-1], job.out.parent)
        else:
            return len(said)
    raise AssertionError(f"what the errors say does not help: {said}")


def follow(told: str, root: Path) -> None:
    """Delete what an error says may be deleted."""
    assert "\n" not in told, f"more than one line: {told!r}"
    advice = told[told.find("delete") :] if "delete" in told else told
    named = [Path(found.rstrip(".:")) for found in re.findall(rf"{re.escape(str(root))}/[^\s,;]*", advice)]
    named = named or [Path(found) for found in re.findall(rf"{re.escape(str(root))}/[^\s,;]*", told)]
    assert named, f"no path to delete: {told}"
    for path in named:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def emptied(path: Path, _: random.Random) -> None:
    path.write_bytes(b"")


def halved(path: Path, _: random.Random) -> None:
    os.truncate(path, path.stat().st_size // 2)


def one_byte(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes() or b"\n")
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def one_digit(path: Path, _: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(re.sub(rb"[0-8]", lambda found: bytes([found[0][0] + 1]), data, count=1))


def noise(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(300))


def appended(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() + chance.randbytes(9) + b"\n")


def doubled(path: Path, _: random.Random) -> None:
    path.write_bytes(path.read_bytes() * 2)


def zeros(path: Path, _: random.Random) -> None:
    path.write_bytes(bytes(200) + b"\n")


def no_utf8(path: Path, _: random.Random) -> None:
    path.write_bytes(b'{"biasscore": "\xff\xfe"}\n')


def nested(path: Path, _: random.Random) -> None:
    path.write_bytes(b"[" * 100_000 + b"\n")


def json_list(path: Path, _: random.Random) -> None:
    path.write_bytes(b"[1, 2]\n")


def json_other(path: Path, _: random.Random) -> None:
    path.write_bytes(b'{"shard": "x", "a": null, "settings": [], "input": 3}\n')


def json_null(path: Path, _: random.Random) -> None:
    path.write_bytes(b"null\n\n{}\n")


def removed(path: Path, _: random.Random) -> None:
    path.unlink()


def folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path, _: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path, _: random.Random) -> None:
    victim = path.parent.parent / ".victim"
    victim.write_text("years of work")
    path.unlink()
    path.symlink_to(victim)


DAMAGES: tuple[Damage, ...] = (
    emptied, halved, one_byte, one_digit, noise, appended, doubled, zeros, no_utf8, nested, json_list, json_other,
    json_null, removed, folder, pipe, link,
)  # fmt: skip


def files_of(job: JobConfig) -> dict[str, Path]:
    """What lies there to be damaged."""
    places = JobFolder.of(job)
    shards = sorted(places.parts.glob("part-*"))
    found = {name: places.state / name for name in ("manifest.json", "journal.jsonl", "summary.json", "lock")}
    if shards:
        found["shard"] = shards[0]
    if places.is_joined:
        found["result"] = job.out
    return {name: path for name, path in found.items() if path.is_file()}


def _damaged(out: str, file: str, damage: Damage, after: int | None, root: Path) -> None:
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    whole, job = config(source, root / "whole" / out), config(source, root / "job" / out)
    run(whole, fake_scorer)
    if after is None:
        run(job, fake_scorer)
    else:
        interrupt(job, after)
    damage(files_of(job)[file], random.Random(f"{out} {file} {after}"))
    assert settle(job) <= 2, "more than two errors before the job could be run"
    assert contents(job.out) == contents(whole.out), "the table differs"
    for victim in root.rglob(".victim"):
        assert victim.read_text() == "years of work", "a link was written through"


def _other_input(out: str, lost: str, root: Path) -> None:
    """The manifest is lost and the same command finds another input: no old row may get into the new table."""
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    job = config(source, root / "job" / out)
    interrupt(job, 8)
    (JobFolder.of(job).state / lost).unlink()
    write_jsonl(source, records(ROWS + 7)[7:])
    whole = config(source, root / "whole" / out)
    run(whole, fake_scorer)
    settle(job)
    assert contents(job.out) == contents(whole.out), "rows of the old job are in the new table"


def _swapped(out: str, after: int | None, root: Path) -> None:
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    whole, job = config(source, root / "whole" / out), config(source, root / "job" / out)
    run(whole, fake_scorer)
    interrupt(job, 8) if after else run(job, fake_scorer)
    first, second = sorted(JobFolder.of(job).parts.glob("part-*"))[:2]
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    settle(job)
    assert contents(job.out) == contents(whole.out), "the table differs"


def _planted(out: str, name: str, content: bytes, root: Path) -> None:
    """A stranger's table among the shards must not become part of the result."""
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    whole, job = config(source, root / "whole" / out), config(source, root / "job" / out)
    run(whole, fake_scorer)
    interrupt(job, 8)
    place = JobFolder.of(job)
    content = content or next(place.parts.glob("part-*")).read_bytes()
    (place.parts / name).write_bytes(content)
    settle(job)
    assert contents(job.out) == contents(whole.out), "the table differs"


def _linked(out: str, dangling: bool, root: Path) -> None:
    """A link as output is followed: it stays one, and what it leads to is written."""
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    target = root / "elsewhere" / out
    target.parent.mkdir()
    if not dangling:
        target.mkdir() if "." not in out else target.write_text("years of work")
    (root / out).symlink_to(target)
    whole, job = config(source, root / "whole" / out), config(source, root / out)
    run(whole, fake_scorer)
    try:
        run(job, fake_scorer)
    except JobError:
        assert target.read_text() == "years of work"
        return
    assert (root / out).is_symlink(), "the link was replaced"
    assert contents(target) == contents(whole.out)


def _temporary(out: str, name: str, root: Path) -> None:
    """A link planted under the name of a temporary file is not written through."""
    source, victim = write_jsonl(root / "in.jsonl", records(ROWS)), root / "victim"
    victim.write_text("years of work")
    job = config(source, root / "job" / out)
    place = JobFolder.of(job)
    place.state.mkdir(parents=True)
    parent = place.parts if name.startswith("part") else place.state
    (parent / f".{name}.tmp").symlink_to(victim)
    settle(job)
    assert victim.read_text() == "years of work", "a link was written through"


def _anew(out: str, after: int | None, root: Path) -> None:
    """Where the options changed, deleting what the error names is enough."""
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    job = config(source, root / out)
    run(job, fake_scorer) if after is None else interrupt(job, after)
    other = JobConfig((str(source),), root / out, COLUMNS, "sentence", shard_rows=SHARD_ROWS)
    assert settle(other) == 1
    if after is None:
        settle(job)
        job.out.unlink() if job.is_file else shutil.rmtree(job.out)
        run(other, fake_scorer)


def _own_output(spelling: str, root: Path) -> None:
    """The output inside the input folder is not read as input, however it is spelt."""
    (root / "in").mkdir()
    write_jsonl(root / "in/a.jsonl", records(ROWS))
    (root / "also").symlink_to(root / "in")
    job = config(root / "in", Path(spelling.format(root=root)))
    interrupt(job, 5)
    run(job, fake_scorer)
    assert run(job, fake_scorer).rows == ROWS


def _output_refused(out: str, root: Path) -> None:
    """An output that cannot be written is one line."""
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    (root / "file").write_text("")
    for name in ("loop", "loop.csv"):
        (root / name).symlink_to(root / name)
    with pytest.raises(BiasScoreError) as told:
        run(config(source, Path(out.format(root=root))), fake_scorer)
    assert "\n" not in str(told.value)


def _users_file(out: str, root: Path) -> None:
    """Only what this library writes is deleted as the rest of a killed run."""
    job = config(write_jsonl(root / "in.jsonl", records(ROWS)), root / "job" / out)
    interrupt(job, 8)
    parts = JobFolder.of(job).parts
    (parts / ".notes.tmp").write_text("years of work")
    (parts / ".part-00000009.parquet.tmp").write_text("torn")
    run(job, fake_scorer)
    assert [path.name for path in parts.glob(".*.tmp")] == [".notes.tmp"]


SETTINGS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "without budget": lambda settings: settings.pop("budget"),
    "with one more": lambda settings: settings.update(other=1),
    "of a wrong type": lambda settings: settings.update(device=5, dtype=[1], backend={}),
    "empty": lambda settings: settings.clear(),
}


def _settings_of_others(out: str, change: Callable[[dict[str, Any]], Any], root: Path) -> None:
    """A sealed manifest of another version's making: no setting is taken from it, and one line says what to delete."""
    job = config(write_jsonl(root / "in.jsonl", records(ROWS)), root / "job" / out)
    interrupt(job, 8)
    path = JobFolder.of(job).state / "manifest.json"
    values = unsealed(path.read_bytes()) or {}
    change(values["settings"])
    path.write_bytes(sealed(values))
    assert pinned(job.out) is None
    assert settle(job) <= 1


def cases() -> Iterator[Case]:
    """The whole table of this kind."""
    for out in OUTS:
        yield from _damaged_cases(out)
        yield from _places_cases(out)
        yield Case("job folder damaged", f"a file of the user's, {out}", partial(_users_file, out))
        for name, change in SETTINGS.items():
            yield Case("job folder damaged", f"settings {name}, {out}", partial(_settings_of_others, out, change))
    for name in ("part-00000099.parquet", "more.parquet", "part-00000001.parquet"):
        for content in (b"", b"no table"):
            yield Case("job folder damaged", f"planted {name} {content!r}", partial(_planted, "out", name, content))
    for spelling in ("in/out", "in/../in/out", "also/out", "also/out.parquet", "in/../also/out.parquet"):
        yield Case("output inside the input", spelling, partial(_own_output, f"{{root}}/{spelling}"))
    inside = (
        "loop",
        "loop.csv",
        "loop/out.csv",
        "x" * 300,
        "a\0b",
        "file/out",
        "file/out.csv",
        "x" * 254 + ".csv",
        "file",
    )
    for out in (*(f"{{root}}/{name}" for name in inside), "/dev/null/x", "/proc/x/out"):
        yield Case("output refused", ascii(out)[-40:], partial(_output_refused, out))


def _damaged_cases(out: str) -> Iterator[Case]:
    own = {"result"} if "." in out else {"shard", "journal.jsonl"}
    present = {
        None: {"manifest.json", "summary.json", "lock"} | own,
        8: {"manifest.json", "journal.jsonl", "lock", "shard"},
    }
    for after, files in present.items():
        for file in sorted(files):
            for damage in DAMAGES[: -1 if file == "result" else None]:  # a link as result: see _linked
                name = f"{file} {damage.__name__.replace('_', ' ')}, {'finished' if after is None else after} {out}"
                yield Case("job folder damaged", name, partial(_damaged, out, file, damage, after))


def _places_cases(out: str) -> Iterator[Case]:
    for after in (8, *(() if "." in out else (None,))):
        yield Case("job folder damaged", f"shards swapped {after} {out}", partial(_swapped, out, after))
    yield Case("job folder damaged", f"manifest lost, other input {out}", partial(_other_input, out, "manifest.json"))
    for name in ("manifest.json", "journal.jsonl", "summary.json", "part-00000000.parquet", "part-00000001.parquet"):
        yield Case("links", f"temporary {name} {out}", partial(_temporary, out, name))
    for dangling in (False, True):
        yield Case("links", f"output {out} dangling={dangling}", partial(_linked, out, dangling))
    for after in (None, 5):
        yield Case("start anew", f"{out} after {after}", partial(_anew, out, after))
