"""Writes the tables of README.md and docs/ between their markers from the result files: no figure is typed by hand.

It writes the published schemas, too (``schemas``).

python -m benchmarks.tables
"""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import schemas
from benchmarks.environment import fingerprints
from benchmarks.throughput import FEW

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
MODELS = ("base", "small")


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PIPELINES = "three transformers pipelines of BERT-base size"
_FAMILIES = (
    "sentence-transformers",
    "infinity",
    "ONNX Runtime",
    "OpenVINO",
    "three transformers pipelines of MiniLM size",
    PIPELINES,
)
_SPEED = ("", "paragraphs per second", "speed of biasscore ÷ speed of this row")


def _peers(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Other libraries, fastest first."""
    rows = (r for r in result["rows"] if r["unit"] == "paragraphs/s" and not r["name"].startswith("biasscore"))
    return sorted(rows, key=lambda row: -row["median"])


def _speed_rows(result: dict[str, Any], peers: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    ours = next(row["median"] for row in result["rows"] if row["name"] == "biasscore")
    lines = [("**biasscore**, all scores and spans", f"{ours:,.0f}", "–")]
    return lines + [
        (_plain_name(row["name"]), f"{row['median']:,.1f}", f"{ours / row['median']:,.1f} ×") for row in peers
    ]


def _plain_name(name: str) -> str:
    """A row's name in words that need no knowledge of the benchmark."""
    return name.replace(", sorted, padded, ", ", texts sorted by length, ")


def speed(result: dict[str, Any]) -> str:
    """The rows that matter: biasscore, and the best path of each kind of peer."""
    peers = _peers(result)
    best = [next((row for row in peers if row["name"].startswith(family)), None) for family in _FAMILIES]
    kept = sorted((row for row in best if row), key=lambda row: -row["median"])
    machine = result["environment"]
    vectors = [name for name in ("sentence-transformers", "infinity") if any(r["name"].startswith(name) for r in kept)]
    said = (
        f"Measured on {machine['usable_cores']} processor cores ({machine['processor']}, "
        f"{machine['measured'][:10]}). Each of the other libraries runs with the fastest of the batch sizes that "
        f"were tried. ONNX Runtime and OpenVINO run the network of `base`; {' and '.join(vectors)} "
        f"{'run' if len(vectors) > 1 else 'runs'} a network of the same size. The other libraries compute "
        "less than biasscore: none of them finds sentences, quotations or loaded words. The pipelines ran in float32, "
        f"and on {FEW} paragraphs only; they give three scores per text, each from a network of its own."
        f"{_earlier(result)} {' '.join(siblings(result))} [All rows](docs/engine.md)."
    )
    return table(_SPEED, _speed_rows(result, kept)) + "\n\n" + said


EARLIER = "with an earlier version"


def is_earlier(result: dict[str, Any]) -> bool:
    """Whether a result is of other weights than the shipped ones, or does not say of which."""
    shipped = fingerprints(MODELS)
    if "weights" in result:
        return any(shipped.get(name) != fingerprint for name, fingerprint in result["weights"].items())
    name, _, fingerprint = result["model"].partition("/")[0].partition("@") if "model" in result else ("", "", "")
    return bool(name) and shipped.get(name) != fingerprint


def _earlier(result: dict[str, Any]) -> str:
    """A word of caution where the models have changed since."""
    return f" Measured {EARLIER} of these models." if is_earlier(result) else ""


def throughput(result: dict[str, Any]) -> str:
    """Paragraphs per second of all, and how many times faster biasscore is; losses stand beside the gains."""
    if not result:
        return "Not measured yet."
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
        f"One short text takes {1e3 / text:.1f} ms, {1e3 / bare:.1f} ms of them in the network alone; "
        f"`biasscore.load()` in a fresh process {result['cold_load_seconds']:.1f} s.",
        f"Measured on {machine['measured'][:10]} ({machine['processor']}, {machine['usable_cores']} cores, load "
        f"average {machine['load_average'][0]:.1f}) by `benchmarks/throughput.py`; medians of interleaved runs.",
    ]
    notes += [*siblings(result), *filter(None, [_earlier(result).strip()])]
    told = ("sentence-transformers", "infinity-emb", "onnxruntime", "openvino", "transformers", "torch")
    for peers in result.get("peers", ()):
        versions = ", ".join(f"{name} {peers[name]}" for name in told if name in peers)
        notes.append(f"Versions of the other libraries, in one environment: {versions}.")
    notes += [f"Not run: {reason.split(':')[0]}, which cannot be imported here." for reason in result["not_run"]]
    return table(_SPEED, _speed_rows(result, _peers(result))) + "\n\n" + "\n".join(f"* {note}" for note in notes)


def siblings(result: dict[str, Any]) -> list[str]:
    """How much faster the smaller embedded models are."""
    rows = {row["name"]: row["median"] for row in result["rows"]}
    peers = [rate for name, rate in rows.items() if name.startswith(PIPELINES)]
    pipelines = max(peers, default=None)
    found = []
    for name, rate in rows.items():
        if name.startswith("biasscore, model "):
            model = name.removeprefix("biasscore, model ")
            beside = (
                f", and {rate / pipelines:,.0f} times as many as the pipelines of BERT-base size" if pipelines else ""
            )
            found.append(
                f"`{model}` scores {rate:,.0f} paragraphs per second: {rate / rows['biasscore']:.1f} times as many as "
                f"`base`{beside}."
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
    head = ("operator of the forward pass", f"plain torch, {_dtype(before)}", f"biasscore, {_dtype(after)}")
    return "\n\n".join([*found, table(head, lines), _measured(result)])


def engines(result: dict[str, Any]) -> str:
    """Speed by engine and, where labelled rows were given, F1 of every head with the difference to float32."""
    ends = result.get("end_to_end", [])
    rates = {row["name"]: f"{row['median']:,.0f}" for row in [*result["rows"], *ends]}
    models = list(result["weights"]) if ends else []
    judged: dict[str, dict[str, Any]] = result.get("f1") or {row["name"]: {} for row in result["rows"]}
    said = {"words": "loaded words", "sentiment": "tone"}
    heads = [said.get(head, head) for head in next(iter(judged.values()))]
    lines = [
        (
            name,
            rates[name],
            *(rates[f"{model} {name}"] for model in models),
            *(f"{h['f1']:.3f} ({h['difference']:+.4f} [{h['low']:+.4f}, {h['high']:+.4f}])" for h in found.values()),
        )
        for name, found in judged.items()
    ]
    return (
        table(("backend", "useful GFLOP/s", *(f"`{m}`, paragraphs/s" for m in models), *heads), lines)
        + "\n\n"
        + _measured(result)
    )


def label_flips(result: dict[str, Any]) -> str:
    """Sentences whose label differs from that in float32."""
    lines = [
        (f"`{model}`", name, f"{found['sentences']:,}", f"{found['flips']:,}", f"{found['largest_move']:.3f}")
        for model, formats in result["models"].items()
        for name, found in formats.items()
    ]
    head = ("model", "backend", "sentences", "another label than in float32", "largest change of `loaded`")
    return table(head, lines) + "\n\n" + _measured(result)


def framing_tried(result: dict[str, Any]) -> str:
    """What other settings of the framing head give."""
    if not result:
        return "Not measured yet."
    lines = []
    for name, found in result["variants"].items():
        lengths = found.get("lengths", {})
        of_articles = [
            said
            for n in ("300", "1000", "6000")
            for figure in ("share_right", "macro_f1")
            for said in [f"{lengths[n][figure]['value']:.3f}" if n in lengths else ""]
        ]
        ordered = found["events"]["ordered"]
        leads = f"{ordered['value']:.2f} [{ordered['low']:.2f}, {ordered['high']:.2f}]"
        lines.append((name, *of_articles, leads, f"{found['events']['macro_f1']['value']:.3f}"))
    head = [
        f"{n} characters: {said}" for n in ("300", "1,000", "6,000") for said in ("called right-leaning", "macro-F1")
    ]
    asked = ("change", *head, "leads on one event: pairs in the expected order", "leads: macro-F1")
    return table(asked, lines) + "\n\n" + _measured(result)


def ablations(result: dict[str, Any]) -> str:
    """What each corpus gives: figures of the recipe as it stands, and what each change adds to them."""
    variants = result["variants"]
    names = list(dict.fromkeys(name for found in variants.values() for name in found))
    reference, *others = variants.items()
    lines = [(reference[0], *(f"{reference[1][name]['value']:.3f}" for name in names))]
    for variant, found in others:
        lines.append((variant, *(_gap(found[name]["difference"]) if name in found else "" for name in names)))
    speeds = dict(result.get("tokens_per_second", {}))
    whole = speeds.pop(reference[0], 0)
    faster = [f"{variant}: {speed / whole:.2f} times as fast as the whole one. " for variant, speed in speeds.items()]
    said = "One seed. " + "".join(each[0].upper() + each[1:] for each in faster)
    return table(("change", *names), lines) + f"\n\n{said}" + _measured(result)


def outlets(result: dict[str, Any]) -> str:
    """What is lost on outlets that a model has not read, by outlet."""
    found = result["outlets"]
    names = list(found["all"])
    head = ("outlet", "sentences", *(said for name in names for said in (name, "difference")))
    lines = [
        (
            outlet,
            str(figures[names[0]]["rows"]),
            *(said for name in names for said in (f"{figures[name]['value']:.3f}", _gap(figures[name]["difference"]))),
        )
        for outlet, figures in found.items()
    ]
    return table(head, lines) + f"\n\n{result['folds']} folds, one seed. " + _measured(result)


def _gap(found: dict[str, float]) -> str:
    value = f"{found['value']:+.3f}"
    return f"{value} [{found['low']:+.3f}, {found['high']:+.3f}]" if "low" in found else value


def target_pooling(result: dict[str, Any]) -> str:
    """What the head of named targets reads and learns from."""
    lines = [
        (name, f"{found['learnt_from']:,}", f"{found['macro_f1']['value']:.3f}", _gap(found["difference"]))
        for name, found in result["ways"].items()
    ]
    head = ("the head reads", "rows learnt from", "macro-F1", "difference to the first row")
    said = f"{result['targets']:,} targets in {result['sentences']:,} sentences; {_seeds(result['seeds'])}. "
    return table(head, lines) + "\n\n" + said + _measured(result)


def _seeds(n: int) -> str:
    return "one seed" if n == 1 else f"{n} seeds"


def first_ablations(result: dict[str, Any]) -> str:
    """What each step of the first base's recipe gave."""
    lines = []
    for name, found in result["variants"].items():
        loaded = found["loaded"]
        f1, auc = loaded["macro_f1_difference"], loaded["auc_difference"]
        lines.append(
            (
                name,
                f"{loaded['macro_f1']['value']:.3f}",
                f"{loaded['auc']['value']:.4f}",
                _gap(f1),
                f"{auc['value']:+.4f} [{auc['low']:+.4f}, {auc['high']:+.4f}]",
                f"{found['words_auc']:.3f}",
                f"{found['words_best_f1']:.3f}",
            )
        )
    figures = ("macro-F1", "AUC", "macro-F1, difference", "AUC, difference", "words, AUC", "words, best F1")
    head = ("recipe", *(f"BABE, {figure}" for figure in figures))
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
        layers = "1 layer" if encoder["n_layers"] == 1 else f"{encoder['n_layers']} layers"
        shape = f"{layers} of {encoder['hidden_size']}"
        speed = f"{run['tokens_per_second']:,} ({run['tokens_per_second'] / slowest:.1f})"
        lines.append((name, shape, speed, *(_with_interval(figures.get(figure)) for figure in names)))
    return table(("model", "encoder", "tokens/s (times the slowest)", *names), lines) + "\n\n" + _measured(result)


def cuts_apart(result: dict[str, Any]) -> str:
    """What each cut has more or less than the one of the shipped base."""
    runs = {name: run["figures"] for name, run in result["runs"].items() if name != CUT_OF_BASE}
    names = list(next(iter(runs.values())))
    lines = [(name, *(_gap(found[n]["difference"]) for n in names)) for name, found in runs.items()]
    return table((f"difference to {CUT_OF_BASE}", *names), lines) + "\n\n" + _measured(result)


CUT_OF_BASE = "mpnet-base, cut to 4"


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
        (name, *(_with_interval(found[figure]) for figure in ("macro_f1", "auc")))
        for name, found in result["variants"].items()
    ]
    said = f"{result['judged']} articles of {result['judged_outlets']} outlets, learnt from {result['learnt_from']}. "
    return table(("the head reads", "macro-F1", "AUC"), lines) + "\n\n" + said + _measured(result)


def framing_lengths(result: dict[str, Any]) -> str:
    """Framing of texts of four lengths, by collection."""
    lines = [
        (collection, length, *_framing_figures(found))
        for collection, lengths in result["corpora"].items()
        for length, found in lengths.items()
    ]
    said = f"Learnt from {result['learnt_from']:,} articles; no outlet is both learnt from and judged. "
    return table(("articles of", "first characters", *_FRAMING_HEAD), lines) + "\n\n" + said + _measured(result)


def framing_elsewhere(result: dict[str, Any]) -> str:
    """Framing in a collection of which the head has read nothing, and of leads on one event."""
    lines = [(length, *_framing_figures(found)) for length, found in result["elsewhere"].items()]
    leads = result["events"]
    return (
        table(("first characters", *_FRAMING_HEAD), lines)
        + f"\n\nLeads on one event: in {leads['ordered']['value']:.2f} [{leads['ordered']['low']:.2f}, "
        f"{leads['ordered']['high']:.2f}] of {leads['pairs']:,} pairs on {leads['events']:,} events, the lead of the "
        f"outlet rated right leans further right. Macro-F1 of all {leads['leads']:,} leads is "
        f"{_with_interval(leads['macro_f1'])}. " + _measured(result)
    )


_FRAMING_HEAD = (
    "n",
    "outlets",
    "called right-leaning (0.5 without errors)",
    "macro-F1",
    "macro-F1 by outlet",
    "calibration error, corrected",
)


def _framing_figures(found: dict[str, Any]) -> tuple[str, ...]:
    kept = ("share_right", "macro_f1", "by_outlet", "calibration")
    return (str(found["n"]), str(found["outlets"]), *(_with_interval(found[name]) for name in kept))


_KINDS = {
    "bad_moves": "bad things rise or fall",
    "good_moves": "good things rise or fall",
    "degrees": "records, doubles, halves",
    "forms": "the change in other words",
    "things": "the same change of a good and a bad thing",
    "counts": "plain counts",
    "toned_counts": "counts of good and bad things",
    "irony": "irony beside sincere words",
    "law_and_state": "terms of law and politics",
    "crime": "crimes as charged",
    "plain": "neither good nor bad",
    "records": "records, doubles, halves",
    "events": "events without a number",
    "framing": "choice of words",
    "terms": "terms and names that only look loaded",
    "question": "questions",
    "verb": "verbs of speech and action",
    "names": "names of parties and places",
    "verbs": "verbs of speech",
}


def own_tone(result: dict[str, Any], corpus: str = "authored-tone") -> str:
    """Tone of our own sentences, by kind."""
    models = result["models"]
    lines = []
    for kind, found in models["base"][corpus].items():
        cells: list[str] = []
        for model in models:
            own = models[model][corpus][kind]
            wrong = f"{own['wrong_side']} of {own['good_or_bad']}" if own["good_or_bad"] else ""
            auc = "" if own["auc"] is None else f"{own['auc']:.2f}"
            negative = f"{own['good_called_negative']} of {own['good']}" if own.get("good") else ""
            cells += [str(own["right"]), wrong, negative, auc]
        lines.append((_KINDS.get(kind, kind), str(found["sentences"]), *cells))
    asked = ("correct", "on the wrong side", "good news called negative", "AUC, good against bad")
    head = ("kind", "sentences", *(f"`{model}`: {name}" for model in models for name in asked))
    return table(head, lines) + "\n\n" + _measured(result)


def own_wording(result: dict[str, Any], corpus: str = "authored-wording") -> str:
    """Labels of our own loaded and plain sentences, by kind."""
    models = result["models"]
    lines = []
    for kind in models["base"][corpus]:
        cells: list[str] = []
        for model in models:
            own = models[model][corpus][kind]
            loaded = f"{own['labelled_loaded']} of {own['loaded']}" if own["loaded"] else ""
            cells += [loaded, f"{own['labelled_neutral']} of {own['plain']}"]
        lines.append((_KINDS.get(kind, kind), *cells))
    asked = ("loaded sentences with the label loaded", "plain sentences with the label neutral")
    bare = ", ".join(f"{found[corpus]['all']['without_a_mark']} for `{model}`" for model, found in models.items())
    pairs = " and ".join(f"{found[corpus]['all']['ordered']} (`{model}`)" for model, found in models.items())
    return (
        table(("kind", *(f"`{model}`: {name}" for model in models for name in asked)), lines)
        + f"\n\nOf {models['base'][corpus]['all']['pairs']} pairs, the loaded sentence scores higher in {pairs}. "
        f"Sentences labelled loaded in which no word is marked: {bare}. " + _measured(result)
    )


def _dtype(run: dict[str, Any]) -> str:
    return str(run["dtype"].removeprefix("torch."))


def _measured(result: dict[str, Any]) -> str:
    machine = result["environment"]
    by = f", {EARLIER}" if is_earlier(result) else ""
    return f"Measured on {machine['measured'][:10]}{by} ({machine['processor']}, {machine['usable_cores']} cores)."


# The corpus whose held-out rows the README quotes of each head; the model cards have all.
QUOTED = {
    ("loaded", "babe"): "loaded language",
    ("subjectivity", "checkthat"): "subjectivity",
    ("sentiment", "newsmtsc"): "tone",
    ("framing", "article-bias-prediction"): "framing of articles",
}
# What the frontier shows beside them: F1 of BABE's marked words, and macro-F1 of named targets in NewsMTSC.
WORDS, TARGETS = "loaded words", "tone toward targets"
# Sentences of our own that no shipped model has learnt from: on tone, and on loaded language.
OWN = ("authored-news", "authored-slant")


_TEXTS = {
    "babe": "news sentences of [BABE](https://huggingface.co/datasets/mediabiasgroup/BABE)",
    "checkthat": "news sentences of [CheckThat!](https://gitlab.com/checkthat_lab/clef2025-checkthat-lab)",
    "newsmtsc": "news sentences of [NewsMTSC](https://huggingface.co/datasets/fhamborg/news_sentiment_newsmtsc)",
    "article-bias-prediction": "articles of "
    "[Article-Bias-Prediction](https://github.com/ramybaly/Article-Bias-Prediction)",
}
"""The texts of each corpus, in plain words."""


def quality() -> str:
    """How good the models are, on held-out rows, from what ``biasscore evaluate`` wrote of them; one row per head."""
    lines = []
    for (head, dataset), said in QUOTED.items():
        block = block_of("base", head, dataset)
        rivals = sorted(block["baselines"].items(), key=lambda item: item[1]["figures"]["auc"]["value"])
        best = f"{_figure(rivals[-1][1]['figures'])} ({rivals[-1][0]})" if rivals else "not measured"
        lines.append(
            (
                said,
                f"{block['n']:,} {_TEXTS[dataset]}",
                *(_figure(block_of(model, head, dataset)["figures"]) for model in MODELS),
                best,
            )
        )
    lines += _more_quality()
    names = (f"`{model}`: macro-F1, AUC" for model in MODELS)
    head = (
        "score",
        "held-out texts (not used to train the measured model)",
        *names,
        "best simple method on these texts",
    )
    shown = [table(head, lines), _weak_places()]
    links = " and ".join(f"[{model}](models/{model}/README.md)" for model in MODELS)
    shown.append(
        "Macro-F1 and AUC go from 0 to 1, and higher is better. The F1 score of a label is high if few "
        "texts with this label are missed, and few others get it. Macro-F1 is the mean over all labels. "
        "AUC is the probability that a text with a label, such as loaded, "
        "scores higher than a text without this label; 0.5 is guessing. Of loaded words, the first figure is the F1 of "
        "marked words. For framing no simple method is shown: the model itself is a logistic regression on words. Tone "
        "toward targets has no AUC. "
        f"[evaluation.md](docs/evaluation.md) explains all figures. The model cards of {links} "
        "show confidence intervals, how well one annotator agrees with the labels, calibration, and "
        "where the models fail."
    )
    return "\n\n".join(shown)


def _weak_places() -> str:
    """Where the models are worse than the table shows: sentences of our own that no shipped model has learnt from."""
    own = {model: result_of("own_sentences")["models"][model] for model in MODELS}
    tones, slants = ({model: own[model][corpus]["all"] for model in MODELS} for corpus in OWN)
    wrong = " and ".join(f"{found['wrong_side']} (`{model}`)" for model, found in tones.items())
    found_loaded = " and ".join(f"{found['labelled_loaded']} (`{model}`)" for model, found in slants.items())
    return (
        f"Two places are weaker. Of {tones['base']['good_or_bad']:,} sentences of our own with good or bad "
        f"news on many subjects, {wrong} get the opposite tone ([tone](docs/framing.md#tone)). Of "
        f"{slants['base']['loaded']} loaded sentences without an insult, only {found_loaded} get the label *loaded* "
        "([our own sentences](docs/evaluation.md#our-own-sentences))."
    )


def _more_quality() -> list[tuple[str, ...]]:
    """The rows of loaded words and of targets, which no simple method or only VADER can do."""
    blocks = [block_of(model, "loaded", "babe")["figures"] for model in MODELS]
    words = (f"{found['words.f1']['value']:.2f}, {found['words.auc']['value']:.2f}" for found in blocks)
    judged = [result_of("targets")["models"][model]["newsmtsc_rw"] for model in MODELS]
    tones = (f"{found['tone toward the target']['macro_f1']:.2f}" for found in judged)
    vader = judged[0]["VADER on the sentence"]["macro_f1"]
    texts = f"{judged[0]['targets']:,} targets in {judged[0]['sentences']:,} sentences of NewsMTSC"
    return [
        (WORDS, "words of the same sentences of BABE", *words, "not measured"),
        (TARGETS, texts, *tones, f"{vader:.2f} (VADER on the sentence)"),
    ]


def block_of(model: str, head: str, dataset: str) -> dict[str, Any]:
    """What ``biasscore evaluate`` wrote of a head on the held-out rows of a corpus."""
    blocks = json.loads((ROOT / "models" / model / "metrics.json").read_text("utf-8"))["blocks"]
    return next(block for block in blocks if (block["task"], block["dataset"]) == (head, dataset))


def figures_of(name: str) -> dict[str, dict[str, float]]:
    """Macro-F1 by score, of words F1, on held-out rows: of a model, or of a simple method on the same rows.

    Returns:
        The figures by the headers of the frontier's columns; a score that it does not give is missing.
    """
    blocks = {said: block_of(name if name in MODELS else MODELS[0], *key) for key, said in QUOTED.items()}
    if name not in MODELS:
        rivals = {said: block["baselines"].get(name) for said, block in blocks.items()}
        return {said: rival["figures"]["macro_f1"] for said, rival in rivals.items() if rival}
    targets = result_of("targets")["models"][name]["newsmtsc_rw"]["tone toward the target"]
    return {
        **{said: block["figures"]["macro_f1"] for said, block in blocks.items()},
        WORDS: blocks[QUOTED["loaded", "babe"]]["figures"]["words.f1"],
        TARGETS: {"value": targets["macro_f1"], "low": targets["low"], "high": targets["high"]},
    }


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
    "newsmtsc_opposite_tones": "NewsMTSC, targets of opposite tone",
    "own_sentences": "our own sentences",
    "own_sentences_held_out": "our own sentences, held out",
}


def targets(result: dict[str, Any]) -> str:
    """Tone toward named targets beside simpler answers; what the finder finds; what it costs."""
    systems = ("tone toward the target", "tone of the sentence", "VADER on the sentence")
    lines = [
        (
            model,
            said,
            str(found[name]["targets"]),
            *(
                f"{f['macro_f1']:.2f} [{f['low']:.2f}, {f['high']:.2f}], accuracy {f['right']:.0%}"
                for f in map(found[name].get, systems)
            ),
        )
        for model, found in result["models"].items()
        for name, said in _TARGET_SETS.items()
    ]
    finder = result["finder"]
    costs = ", ".join(f"{found['cost']['median_ratio'] - 1:+.1%} with `{m}`" for m, found in result["models"].items())
    said = (
        f"The built-in finder finds {finder['recall']:.0%} of {finder['named_targets']} named targets of NewsMTSC, rw. "
        f"Processor time of scoring with targets: {costs}. {_measured(result)}"
    )
    return table(("model", "sentences", "targets", *systems), lines) + "\n\n" + said


def cuda(result: dict[str, Any]) -> str:
    """What a GPU did, part by part; what failed says why."""
    if not result:
        return "No GPU was measured yet."
    lines = []
    for model in result["weights"]:
        parts = {name: result.get(name, {}).get(model, {"error": "not run"}) for name in CARD_PARTS}
        lines += [
            (f"`{model}`", said, _card_part(name, parts[name], result["goals"])) for name, said in CARD_PARTS.items()
        ]
    head = ("model", "", "measured")
    card, day = result["card"]["name"], result["environment"]["measured"][:10]
    return table(head, lines) + f"\n\nMeasured on {day} ({card}).{_earlier(result)}"


CARD_PARTS = {
    "equality": "largest difference from float32 on the processor, of what is allowed",
    "forward": "forward pass alone, best budget and chunk",
    "end_to_end": "from texts to documents, best number of processes",
    "memory": "memory of the largest batch, and a batch that does not fit",
    "alternatives": "one chunk, tokens per second",
}


def _card_part(name: str, found: Any, goals: dict[str, float]) -> str:
    """The rows that were measured, then those that were not, by name, with the reason."""
    if "error" in found:
        return f"not measured: {found['error']}"
    done = [row for row in found["rows"] if "error" not in row]
    said = [_card_rows(name, found, done, goals)] if done else []
    for row in found["rows"]:
        if "error" in row:
            named = ", ".join(f"{key} {value}" for key, value in row.items() if key != "error")
            said.append(f"{named} not measured: {row['error']}")
    if name == "memory":
        said.append(_too_large(found["too_large"]))
    return "; ".join(said)


def _card_rows(name: str, found: Any, done: list[dict[str, Any]], goals: dict[str, float]) -> str:
    match name:
        case "equality":
            return "; ".join(f"{row['dtype']} {row['path']} {_held(row)}" for row in done)
        case "forward":
            best = max(done, key=lambda row: row["tokens_per_second"])
            share, goal = best["share_of_matrix_rate"], goals["share_of_matrix_rate"]
            return (
                f"{best['tokens_per_second']:,.0f} tokens/s at a budget of {best['budget']:,} in chunks of "
                f"{best['chunk']:,}; {share:.0%} of the rate of a large matrix product "
                f"({found['matrix_gflops_per_second'] / 1e3:,.1f} TFLOP/s), {_reached(share, goal)} of {goal:.0%}"
            )
        case "end_to_end":
            best = max(done, key=lambda row: row["paragraphs_per_second"])
            rate, goal = best["paragraphs_per_second"], goals["paragraphs_per_second"]
            return f"{rate:,.0f} paragraphs/s with {best['processes']} processes, {_reached(rate, goal)} of {goal:,}"
        case "memory":
            tokens, peak = done[-1]["tokens"], done[-1]["peak_mib"]
            return f"{'nothing of a GPU' if peak is None else f'{peak:,.0f} MiB'} for {tokens:,} tokens"
        case _:
            return "; ".join(f"{row['way']} {row['tokens_per_second']:,.0f} ({_apart(row)})" for row in done)


def _held(row: dict[str, Any]) -> str:
    if row["largest"] is None:
        return "not finite"
    return f"{row['largest']:.2g} of {row['allowed']:g}" + ("" if row["within"] else ", too much")


def _apart(row: dict[str, Any]) -> str:
    largest = row["largest_difference"]
    return "not finite" if largest is None else f"largest difference {largest:.2g}"


def _reached(found: float, goal: float) -> str:
    return "which reaches the goal" if found >= goal else "below the goal"


def _too_large(found: dict[str, Any]) -> str:
    if "error" in found:
        return f"a batch that does not fit not measured: {found['error']}"
    if not found["retries"]:
        return "no retry: the trial did not fill the GPU"
    return f"run in smaller ones after {found['retries']} retries, budget {found['budget_after']:,}, {_apart(found)}"


def cold_start(result: dict[str, Any]) -> str:
    """Processor seconds until each step is done, by backend.

    Each is the best of its own processes, so their differences are no times of single steps.
    """
    if not result:
        return "Not measured yet."
    lines = [
        (backend, step, f"{found['processor_seconds']:.2f}")
        for backend in ("torch", "onnx")
        for step, found in result[backend].get("until", {}).items()
    ]
    load = result["environment"]["load_average"][0]
    best = f"each row the best of several runs, load average {load:.1f}."
    said = f"`biasscore score` of one article with `{result['model']}`, {best}"
    return (
        table(("backend", "until the end of this step", "processor seconds"), lines) + f"\n\n{said} {_measured(result)}"
    )


def frontier(result: dict[str, Any]) -> str:
    """Speed and accuracy of each, fastest first."""
    if not result:
        return "Not measured yet."
    rows = sorted(result["rows"], key=lambda row: -row["median"])
    columns = (*QUOTED.values(), WORDS, TARGETS)
    lines = []
    for row in rows:
        found = figures_of(row["accuracy_of"]) if row["accuracy_of"] else {}
        lines.append((row["name"], f"{row['median']:,.0f}", *(_value(found.get(column)) for column in columns)))
    said = "Macro-F1 on held-out rows; of loaded words, F1. "
    return table(("", "paragraphs per second", *columns), lines) + f"\n\n{said}" + _measured(result)


def _value(found: dict[str, float] | None) -> str:
    return "" if found is None else f"{found['value']:.2f}"


_BIG = {"csv": "CSV", "json": "JSON array", "html": "Factiva export in HTML"}


def inputs(result: dict[str, Any]) -> str:
    """Peak memory of big files, and tables read by the names of their columns."""
    rows = [
        (_BIG[name], f"{big['bytes'] / 1e6:,.0f}", f"{big['rows']:,}", f"{big['peak_mib']:.0f}",
         f"{big['peak_above_first_chunk_mib']:.1f}")
        for name, big in result["files"].items()
    ]  # fmt: skip
    header = ("file", "MB", "articles", "peak memory, MiB", "growth after the first chunk, MiB")
    tables = result.get("tables", {}).values()
    read = sum(each["rows"] for each in tables)
    adding_up = sum(each["adds_up"] for each in tables)
    said = (
        f"`--tables` read {len(tables)} tables of training data with {read:,} rows by the names of their columns "
        "alone; in "
        f"{adding_up} of {len(tables)}, rows read = scored + empty + bad + skipped = rows of the file. "
    )
    return table(header, rows) + "\n\n" + (said if tables else "") + _measured(result)


def fuzz(result: dict[str, Any]) -> str:
    """How long the fuzzer looked, and at how much."""
    rows = [
        (
            name,
            f"{found['seconds']:,}",
            f"{found['inputs']:,}",
            f"{found['kept']:,}" if "kept" in found else "not told",
            "yes" if found["broken"] else "none",
        )
        for name, found in result.items()
        if name != "environment"
    ]
    head = ("target", "seconds", "inputs tried", "inputs in the corpus", "broken promises")
    return table(head, rows) + "\n\n" + _measured(result)


_MEASURED = {"steps": "steps of Python", "seconds": "time", "peak_bytes": "memory"}


def curves(result: dict[str, Any]) -> str:
    """How steep the curves of each part are, and which are the steepest."""
    areas: dict[str, list[dict[str, Any]]] = {}
    for row in result["curves"]:
        areas.setdefault(row["area"], []).append(row)
    lines = [
        (area, f"{len(rows):,}", *(f"{max(row['exponents'][by] for row in rows):.2f}" for by in _MEASURED))
        for area, rows in areas.items()
    ]
    steepest = sorted(((row["exponents"][by], row, said) for row in result["curves"] for by, said in _MEASURED.items()),
                      key=lambda found: -found[0])[:5]  # fmt: skip
    said = "; ".join(f"{row['area']}, {row['curve']} ({what} {value:.2f})" for value, row, what in steepest)
    head = ("part", "curves", *(f"largest exponent of {said}" for said in _MEASURED.values()))
    return table(head, lines) + f"\n\nThe steepest five: {said}. {_measured(result)}"


def own_labels(result: dict[str, Any]) -> str:
    """How far 500 labels go, on corpora that no weights have learnt from."""
    first = next(iter(result["sets"].values()))
    head = ("labels", "learns from them", "AUC", "macro-F1", "gain in AUC")
    lines = []
    for question, found in result["sets"].items():
        for name, row in found["rivals"].items():
            figures = (_with_interval(row.get(figure)) for figure in ("auc", "macro_f1", "gain"))
            lines.append((question, name.replace("'", '"'), *figures))
    said = (
        f"Each learns from {first['n_train']} sentences and predicts {first['n_test']} others; means of "
        f"{first['draws']} draws, with 95% intervals over sentences and draws. The models have not learnt from the "
        "first two corpora, nor from this half of NewsMTSC; its other half did teach them. "
    )
    return table(head, lines) + "\n\n" + said + _measured(result)


def comparison(result: dict[str, Any]) -> str:
    """How well the parts of a fair comparison do: shares, events, agency copy."""
    found, events, reprints = result["prevalence"], result["events"], result["reprints"]
    lines = [
        (
            f"`{model['model'].partition('/')[0]}`",
            said,
            f"{part['mean_absolute_error']['counted']:.3f}",
            *(
                f"{part['mean_absolute_error'][by]:.3f} ({part['coverage'][by]:.0%})"
                for by in ("estimated", "adjusted")
            ),
        )
        for model in found["models"]
        for said, part in (("as shipped", model["as_shipped"]), ("on other rows", model["calibrated_on_other_rows"]))
    ]
    head = ("model", "calibrated", "naive share", "expectation maximization", "adjusted share")
    read, largest = events["read_by_eye"], reprints["runs"][-1]
    notes = [
        f"Shares: mean absolute error, and in parentheses how often the 95% interval held the truth. "
        f"{found['models'][0]['n']:,} sentences of {found['rows']}. {_measured(found)}",
        f"Events: {events['articles']:,} articles of {events['outlets']} outlets took {events['seconds']:,.0f} s and "
        f"{events['memory_mib']['peak'] - events['memory_mib']['of_the_articles']} MiB beside the articles. Of "
        f"{read['still_matched']} matched pairs, {read['event']} were on one event, {read['story']} on another turn of "
        f"one story, {read['wrong']} on neither. {_measured(events)}",
        f"Agency copy: {largest['paragraphs']:,} paragraphs took {largest['processor_seconds']:,.0f} s of one "
        f"processor; memory rose from {largest['memory_mib']['before']} to {largest['memory_mib']['peak']} MiB, reader "
        f"included. {_measured(reprints)}",
    ]
    return table(head, lines) + "\n\n" + "\n".join(f"* {note}" for note in notes)


def long_run(result: dict[str, Any]) -> str:
    """What a long stream held, at its first quarter, in the end, and after `close()`."""
    samples, names = result["samples"], ("memory_mib", "handles", "threads")
    rows = [
        (said, f"{at['paragraphs']:,}", *(f"{at[name]:,}" for name in names))
        for said, at in (
            ("a quarter", samples[len(samples) // 4]),
            ("half", samples[len(samples) // 2]),
            ("the end", samples[-1]),
            ("`close()`", {"paragraphs": result["paragraphs"], **result["after_close"]}),
        )
    ]
    said = f"{samples[-1]['minutes']:.0f} minutes with `{result['model']}`. "
    return table(("after", "paragraphs", "memory, MiB", "handles", "threads"), rows) + "\n\n" + said + _measured(result)


def reliability(result: dict[str, Any]) -> str:
    """What was tried, and how much of it held."""
    rows = [(kind, f"{found['cases']:,}", f"{found['held']:,}") for kind, found in result["kinds"].items()]
    rows.append(("**all**", f"{result['cases']:,}", f"{result['held']:,}"))
    broken = "".join(f"\n* {fault['case']}: {fault['fault']}" for fault in result["faults"])
    return table(("kind", "cases", "held"), rows) + "\n\n" + _measured(result) + broken


def versions(result: dict[str, Any]) -> str:
    """What the tests said with the oldest and the newest versions."""
    names = sorted(set.intersection(*(set(run["versions"]) for run in result.values())))
    lines = [(f"`{name}`", *(run["versions"][name] for run in result.values())) for name in names]
    said = [
        f"* {kind}, {run['day']}, Python {run['python']} on {run['system']}, {run['tests']['files']} of "
        f"{run['files_in_all']} test files: passed {run['tests']['passed']:,}, failed {run['tests']['failed']}, "
        f"skipped {run['tests']['skipped']}."
        for kind, run in result.items()
    ]
    return "\n".join(said) + "\n\n" + table(("package", *result), lines)


PLACES = (
    ("README.md", "benchmarks", "throughput", speed),
    ("docs/engine.md", "throughput", "throughput", throughput),
    ("docs/engine.md", "throughput-avx512", "throughput_avx512", throughput),
    ("docs/engine.md", "profile", "profile", profile),
    ("docs/engine.md", "engines", "backends", engines),
    ("docs/engine.md", "flips", "label_flips", label_flips),
    ("docs/engine.md", "limited", "backends_avx2", engines),
    ("docs/engine.md", "cuda", "cuda", cuda),
    ("docs/engine.md", "cold_start", "cold_start", cold_start),
    ("docs/engine.md", "frontier", "frontier", frontier),
    ("docs/training.md", "outlets", "outlets", outlets),
    ("docs/training.md", "ablations", "ablations", ablations),
    ("docs/training.md", "later_ablations", "ablations_later", ablations),
    ("docs/training.md", "pairs_ablations", "ablations_pairs", ablations),
    ("docs/training.md", "first_ablations", "ablations_first", first_ablations),
    ("docs/targets.md", "target_pooling", "target_pooling", target_pooling),
    ("docs/training.md", "starts", "starts", starts),
    ("docs/training.md", "cuts", "cuts", starts),
    ("docs/training.md", "cuts-apart", "cuts", cuts_apart),
    ("docs/training.md", "compact", "compact", compact),
    ("docs/training.md", "framing", "framing", framing),
    ("docs/targets.md", "targets", "targets", targets),
    ("docs/jobs.md", "inputs", "inputs", inputs),
    ("docs/framing.md", "lengths", "framing_lengths", framing_lengths),
    ("docs/framing.md", "elsewhere", "framing_lengths", framing_elsewhere),
    ("docs/framing.md", "tried", "framing_tried", framing_tried),
    ("docs/framing.md", "own-tone", "own_sentences", own_tone),
    ("docs/framing.md", "own-news", "own_sentences", partial(own_tone, corpus="authored-news")),
    ("docs/evaluation.md", "own-wording", "own_sentences", own_wording),
    ("docs/evaluation.md", "own-slant", "own_sentences", partial(own_wording, corpus="authored-slant")),
    ("docs/reports.md", "comparison", "comparison", comparison),
    ("docs/reliability.md", "attack", "reliability", reliability),
    ("docs/reliability.md", "long_run", "long_run", long_run),
    ("docs/reliability.md", "fuzz", "fuzz", fuzz),
    ("docs/reliability.md", "curves", "curves", curves),
    ("docs/dependencies.md", "versions", "versions", versions),
    ("docs/recipes/scikit-learn.md", "own-labels", "own_labels", own_labels),
)
"""page, marker, result file, what makes the table of it."""


# Figures of `base` and `small` from before results kept their fingerprints: of whatever weights, not of those shipped.
UNTOLD = {"compact", "starts"}


def result_of(result: str) -> dict[str, Any]:
    """What a result file holds; nothing where it was never written."""
    file = RESULTS / f"{result}.json"
    found = dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}
    if result in UNTOLD:
        found.setdefault("weights", dict.fromkeys(MODELS, "not told"))
    return found


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
    fill(ROOT / "docs" / "schema.md", "schema", schemas.columns())
    schema = json.dumps(schemas.of_documents(), indent=1) + "\n"
    (ROOT / "docs" / "document.schema.json").write_text(schema, encoding="utf-8")
    for page, marker, result, made in PLACES:
        fill(ROOT / page, marker, made(result_of(result)))


if __name__ == "__main__":
    main()
