"""Writes the tables of README.md and docs/ between their markers from the result files: no figure is typed by hand.

python -m benchmarks.tables
"""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from biasscore.predict import checkpoints

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
MODELS = ("base", "small")


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PIPELINES = "three transformers pipelines"
_FAMILIES = ("sentence-transformers", "ONNX Runtime", "OpenVINO", PIPELINES)
_SPEED = ("", "paragraphs per second", "biasscore is faster by")


def _peers(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Other libraries, fastest first."""
    rows = (r for r in result["rows"] if r["unit"] == "paragraphs/s" and not r["name"].startswith("biasscore"))
    return sorted(rows, key=lambda row: -row["median"])


def _speed_rows(result: dict[str, Any], peers: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    ours = next(row["median"] for row in result["rows"] if row["name"] == "biasscore")
    lines = [("**biasscore**, all scores and spans", f"{ours:,.0f}", "1")]
    return lines + [(_named(row["name"]), f"{row['median']:,.1f}", f"{ours / row['median']:,.1f}") for row in peers]


def _named(name: str) -> str:
    return name.replace(PIPELINES, "three transformers pipelines of BERT-base size")


def speed(result: dict[str, Any]) -> str:
    """The five rows that matter: biasscore, and the best path of each kind of peer."""
    peers = _peers(result)
    best = [next((row for row in peers if row["name"].startswith(family)), None) for family in _FAMILIES]
    kept = sorted((row for row in best if row), key=lambda row: -row["median"])
    machine = result["environment"]
    said = (
        f"End to end on {machine['usable_cores']} cores ({machine['processor']}, {machine['measured'][:10]}), each "
        f"peer at its best batch size.{_earlier(result)} {' '.join(siblings(result))} [All rows](docs/engine.md)."
    )
    return table(_SPEED, _speed_rows(result, kept)) + "\n\n" + said


def _earlier(result: dict[str, Any]) -> str:
    """A word of caution where the models have changed since."""
    shipped = {name: checkpoints.read(name).fingerprint for name in MODELS}
    return "" if result.get("weights") == shipped else " Measured with earlier weights of these models."


def throughput(result: dict[str, Any]) -> str:
    """Paragraphs per second of all, and how many times faster biasscore is; losses stand beside the gains."""
    rows = {row["name"]: row for row in result["rows"]}
    products = [row for name, row in rows.items() if name.startswith("matrix product")]
    best = max(products, key=lambda row: row["median"])
    useful = rows["useful multiply-adds of the forward"]["median"]
    text, bare = rows["one short text"]["median"], rows["one short text, bare forward"]["median"]
    machine = result["environment"]
    product = best["name"].removeprefix("matrix product ")
    notes = [
        f"The forward pass does {useful:,.0f} billion useful operations per second; the best matrix product of the run "
        f"({product}) reached {best['median']:,.0f}: {useful / best['median']:.2f} of it.",
        f"One short text takes {1e3 / text:.1f} ms, {bare / text:.1f} times its bare forward pass; "
        f"`biasscore.load()` in a fresh process {result['cold_load_seconds']:.1f} s.",
        f"Measured on {machine['measured'][:10]} ({machine['processor']}, {machine['usable_cores']} cores, load "
        f"average {machine['load_average'][0]:.1f}) by `benchmarks/throughput.py`; medians of interleaved runs.",
    ]
    notes += [*siblings(result), *filter(None, [_earlier(result).strip()])]
    notes += [f"Not run: {reason.split(':')[0]}, which cannot be imported here." for reason in result["not_run"]]
    return table(_SPEED, _speed_rows(result, _peers(result))) + "\n\n" + "\n".join(f"* {note}" for note in notes)


def siblings(result: dict[str, Any]) -> list[str]:
    """How much faster the smaller embedded models are."""
    rows = {row["name"]: row["median"] for row in result["rows"]}
    peers = [rate for name, rate in rows.items() if name.startswith("three transformers pipelines")]
    pipelines = max(peers, default=None)
    found = []
    for name, rate in rows.items():
        if name.startswith("biasscore, model "):
            model = name.removeprefix("biasscore, model ")
            beside = f" and {rate / pipelines:,.0f} times the pipelines" if pipelines else ""
            found.append(
                f"The model `{model}`: {rate:,.0f} paragraphs per second, "
                f"{rate / rows['biasscore']:.1f} times `base`{beside}."
            )
    return found


def profile(result: dict[str, Any]) -> str:
    """Processor time of each stage, and of the forward pass before and after."""
    stages = result["milliseconds_a_paragraph"]
    whole = sum(stages.values())
    lines = [(stage, f"{took:.2f}", f"{took / whole:.0%}") for stage, took in stages.items()]
    found = [table(("stage", "ms per paragraph, one thread", "share"), lines)]
    forward = result["forward"]
    before, after = forward["before"], forward["after"]
    names = dict.fromkeys([*list(before["share"])[:6], *list(after["share"])[:6]])
    lines = [
        (
            f"`{name}`",
            *(f"{run['share'].get(name, 0) * run['seconds'] / before['seconds']:.1%}" for run in (before, after)),
        )
        for name in names
    ]
    lines.append(("all operators", "100%", f"{after['seconds'] / before['seconds']:.1%}"))
    head = ("operator of the forward pass", f"plain torch, {_dtype(before)}", f"our engine, {_dtype(after)}")
    return "\n\n".join([*found, table(head, lines), _measured(result)])


def engines(result: dict[str, Any]) -> str:
    """F1 of every head by engine, with the difference to float32."""
    heads = list(next(iter(result["f1"].values())))
    lines = [
        (name, *(f"{h['f1']:.3f} ({h['difference']:+.4f} [{h['low']:+.4f}, {h['high']:+.4f}])" for h in found.values()))
        for name, found in result["f1"].items()
    ]
    rates = {row["name"]: f"{row['median']:,.0f}" for row in result["rows"]}
    lines = [(name, rates[name], *rest) for name, *rest in lines]
    return table(("engine", "useful GFLOP/s", *heads), lines) + "\n\n" + _measured(result)


def ablations(result: dict[str, Any]) -> str:
    """What each step of the recipe gives."""
    lines = []
    for name, found in result["variants"].items():
        loaded = found["loaded"]
        f1, auc = loaded["macro_f1_difference"], loaded["auc_difference"]
        lines.append(
            (
                name,
                f"{loaded['macro_f1']['value']:.3f}",
                f"{loaded['auc']['value']:.4f}",
                f"{f1['value']:+.3f} [{f1['low']:+.3f}, {f1['high']:+.3f}]",
                f"{auc['value']:+.4f} [{auc['low']:+.4f}, {auc['high']:+.4f}]",
                f"{found['words_auc']:.3f}",
                f"{found['words_best_f1']:.3f}",
            )
        )
    head = ("recipe", "macro-F1", "AUC", "macro-F1, difference", "AUC, difference", "words, AUC", "words, best F1")
    rows = next(iter(result["variants"].values()))["rows"]
    return table(head, lines) + f"\n\nOf {rows} rows of BABE in {result['folds']} folds, one seed. " + _measured(result)


def starts(result: dict[str, Any]) -> str:
    """What each encoder reaches, and how fast it is."""
    runs = result["runs"]
    names = list(dict.fromkeys(name for run in runs.values() for name in run["figures"]))
    slowest = min(run["tokens_per_second"] for run in runs.values())
    lines = []
    for name, run in runs.items():
        encoder, figures = run["encoder"], run["figures"]
        shape = f"{encoder['n_layers']} layers of {encoder['hidden_size']}"
        speed = f"{run['tokens_per_second']:,} ({run['tokens_per_second'] / slowest:.1f})"
        lines.append((name, shape, speed, *(_with_interval(figures.get(figure)) for figure in names)))
    return table(("model", "encoder", "tokens/s (times the slowest)", *names), lines) + "\n\n" + _measured(result)


def compact(result: dict[str, Any]) -> str:
    """What int8 on disk changes."""
    models = result["models"]
    names = list(dict.fromkeys(name for model in models.values() for name in model["figures"]))
    lines = []
    for name, model in models.items():
        found = [model["figures"].get(figure) for figure in names]
        moved = [f"{f['before']:.4f} → {f['after']:.4f}" if f else "" for f in found]
        lines.append((name, f"{model['megabytes']:.1f}", *moved))
    return table(("model", "MB", *names), lines) + "\n\n" + _measured(result)


def _with_interval(found: dict[str, float] | None) -> str:
    if found is None:
        return ""
    if "low" not in found:
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def framing(result: dict[str, Any]) -> str:
    """What tells the lean of an outlet never seen."""
    lines = [
        (
            name,
            *(f"{found[f]['value']:.3f} [{found[f]['low']:.3f}, {found[f]['high']:.3f}]" for f in ("macro_f1", "auc")),
        )
        for name, found in result["variants"].items()
    ]
    said = f"{result['judged']} articles of {result['judged_outlets']} outlets, learnt from {result['learnt_from']}. "
    return table(("the head reads", "macro-F1", "AUC"), lines) + "\n\n" + said + _measured(result)


def framing_lengths(result: dict[str, Any]) -> str:
    """Framing of texts of four lengths, by corpus."""

    def shown(found: dict[str, float]) -> str:
        return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"

    lines = [
        (corpus, length, str(f["n"]), str(f["outlets"]), *map(shown, (f["share_right"], f["macro_f1"], f["by_outlet"])))
        for corpus, lengths in result["corpora"].items()
        for length, f in lengths.items()
    ]
    head = ("articles of", "first characters", "n", "outlets", "called right, where half are", "macro-F1")
    said = f"Learnt from {result['learnt_from']} articles, of other outlets each. "
    return table((*head, "macro-F1 by outlet"), lines) + "\n\n" + said + _measured(result)


def _dtype(run: dict[str, Any]) -> str:
    return str(run["dtype"].removeprefix("torch."))


def _measured(result: dict[str, Any]) -> str:
    machine = result["environment"]
    return f"Measured on {machine['measured'][:10]} ({machine['processor']}, {machine['usable_cores']} cores)."


# The corpus whose rows left out the README quotes of each head; the cards have all.
_QUOTED = {
    ("loaded", "babe"): "loaded language",
    ("subjectivity", "checkthat"): "subjectivity",
    ("sentiment", "newsmtsc"): "tone",
    ("framing", "article-bias-prediction"): "framing of articles",
}


def quality() -> str:
    """How good the models are, on rows left out, from what ``biasscore evaluate`` wrote of them; one row per head."""
    found = {model: json.loads((ROOT / "models" / model / "metrics.json").read_text("utf-8")) for model in MODELS}
    lines = []
    for (head, dataset), said in _QUOTED.items():
        block = _block(found["base"], head, dataset)
        rivals = sorted(block["baselines"].items(), key=lambda item: item[1]["figures"]["auc"]["value"])
        best = f"{_figure(rivals[-1][1]['figures'])} ({rivals[-1][0]})" if rivals else "not run"
        lines.append(
            (
                said,
                f"{block['dataset']}, {block['n']:,}",
                *(_figure(_block(found[model], head, dataset)["figures"]) for model in MODELS),
                best,
            )
        )
    head = ("score", "rows left out", *(f"`{model}`: macro-F1, AUC" for model in MODELS), "best simple rival")
    shown = [table(head, lines)]
    links = " and ".join(f"[{model}](models/{model}/README.md)" for model in MODELS)
    shown.append(f"Intervals, human ceilings, calibration and where the models fail: the cards of {links}.")
    return "\n\n".join(shown)


def _block(metrics: dict[str, Any], head: str, dataset: str) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = metrics["blocks"]
    return next(block for block in blocks if (block["task"], block["dataset"]) == (head, dataset))


def _figure(figures: dict[str, Any]) -> str:
    return f"{figures['macro_f1']['value']:.2f}, {figures['auc']['value']:.2f}"


def fill(page: Path, name: str, body: str) -> None:
    """Put ``body`` between the markers ``name`` of a page."""
    start, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    before, opened, rest = page.read_text(encoding="utf-8").partition(start)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise SystemExit(f"{page.name} lacks the markers {start} and {end}")
    page.write_text(f"{before}{start}\n{body}\n{end}{after}", encoding="utf-8")


_TARGET_SETS = {
    "newsmtsc_rw": "NewsMTSC, rw",
    "own_sentences": "our own sentences",
    "own_sentences_held_out": "our own sentences, set aside",
}


def targets(result: dict[str, Any]) -> str:
    """Tone toward named targets beside simpler answers; what the finder meets; what it costs."""
    systems = ("tone toward the target", "tone of the sentence", "VADER on the sentence")
    lines = [
        (
            said,
            str(result[name]["targets"]),
            *(f"{f['macro_f1']:.2f} [{f['low']:.2f}, {f['high']:.2f}]" for f in map(result[name].get, systems)),
        )
        for name, said in _TARGET_SETS.items()
    ]
    finder, opposite = result["finder"], result["newsmtsc_rw_opposite_tones"]
    said = (
        f"The built-in finder meets {finder['recall']:.0%} of {finder['named_targets']} named targets of NewsMTSC, rw. "
        f"Scoring with targets takes {result['cost']['median_ratio'] - 1:+.1%} of processor time. Only "
        f"{opposite['sentences']} sentences there have targets of opposite tone, too few for a figure. "
        f"Model: `{result['model']}`. {_measured(result)}"
    )
    return table(("sentences", "targets", *systems), lines) + "\n\n" + said


PLACES = (
    ("README.md", "benchmarks", "throughput", speed),
    ("docs/engine.md", "throughput", "throughput", throughput),
    ("docs/engine.md", "profile", "profile", profile),
    ("docs/engine.md", "engines", "backends", engines),
    ("docs/training.md", "ablations", "ablations", ablations),
    ("docs/training.md", "starts", "starts", starts),
    ("docs/training.md", "compact", "compact", compact),
    ("docs/training.md", "framing", "framing", framing),
    ("docs/targets.md", "targets", "targets", targets),
    ("docs/framing.md", "lengths", "framing_lengths", framing_lengths),
)
"""page, marker, result file, what makes the table of it."""


def printed() -> str:
    """What the first Python block of the README that prints prints."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    code = next(block for block in blocks if "print" in block)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    return f"```text\n{out.getvalue()}```"


def main() -> None:
    fill(ROOT / "README.md", "output", printed())
    fill(ROOT / "README.md", "figures", quality())
    for page, marker, result, made in PLACES:
        fill(ROOT / page, marker, made(json.loads((RESULTS / f"{result}.json").read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
