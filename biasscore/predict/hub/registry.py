"""Public classifiers whose labels were looked up, so that they load by their id alone.

Each entry says where its labels, licence and limits were read. A model whose card or config.json could not be
consulted is not here; it loads all the same when its labels are given (see ``labels``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a public classifier.

    Attributes:
        model: its id on the Hub.
        task: the task it answers.
        labels: the task's label of each output, in the order of the outputs.
        licence: as its card gives it; "not stated" where the card is silent.
        citation: what its authors ask to be cited.
        verified: where labels, licence and limits were read.
        max_tokens: most tokens it reads at once, special tokens included.
        revision: the revision to load when none is asked for; None for the main branch.
        tokenizer: id of the model whose tokenizer it takes, where its own repository holds none.
        note: what a user has to know before trusting its scores here.
    """

    model: str
    task: str
    labels: tuple[str, ...]
    licence: str
    citation: str
    verified: str
    max_tokens: int = 512
    revision: str | None = None
    tokenizer: str | None = None
    note: str = ""


_ON_BABE = "Fine-tuned on BABE: scores on BABE sentences flatter it."

_ENTRIES = (
    Known(
        model="mediabiasgroup/magpie-babe-ft",
        task="loaded",
        labels=("neutral", "loaded"),
        licence="cc-by-nc-sa-4.0",
        citation="Horych et al. 2024, MAGPIE, LREC-COLING, https://aclanthology.org/2024.lrec-main.952",
        verified="its config.json (0 neutral, 1 biased; 514 positions) and the licence tag of its repository",
        note=_ON_BABE,
    ),
    Known(
        model="mediabiasgroup/roberta-babe-ft",
        task="loaded",
        labels=("neutral", "loaded"),
        licence="cc-by-nc-4.0",
        citation="Spinde et al. 2022, Neural Media Bias Detection Using Distant Supervision, arXiv:2209.14557",
        verified="its card (0 neutral, 1 lexical bias; licence; citation; RoBERTa-base)",
        note=_ON_BABE,
    ),
    Known(
        model="himel7/bias-detector",
        task="loaded",
        labels=("neutral", "loaded"),
        licence="apache-2.0",
        citation="Ghosh, Mosharafa and Groh 2025, To Bias or Not to Bias, arXiv:2505.13010",
        verified="its card (LABEL_0 unbiased, LABEL_1 biased; tokenizer of roberta-base; licence; citation)",
        tokenizer="FacebookAI/roberta-base",
        note=_ON_BABE,
    ),
    Known(
        model="valurank/distilroberta-bias",
        task="loaded",
        labels=("loaded", "neutral"),
        licence="other (see its LICENSE file)",
        citation="https://huggingface.co/valurank/distilroberta-bias",
        verified="its config.json (0 BIASED, 1 NEUTRAL) and card (512 tokens, licence)",
        note="Trained on Wikipedia edits, not on news; its repository held only pickled weights when read.",
    ),
    Known(
        model="GroNLP/mdebertav3-subjectivity-english",
        task="subjectivity",
        labels=("objective", "subjective"),
        licence="not stated",
        citation="Thesis Titan at CheckThat! 2023, https://ceur-ws.org/Vol-3497/paper-020.pdf",
        verified=(
            "its card (classes OBJ and SUBJ); their order from the evaluation github.com/seinecle/umibench, where "
            "LABEL_0 read as objective gives weighted F1 0.82 on CheckThat! 2023 and 0.88 on MPQA"
        ),
    ),
    Known(
        model="cffl/bert-base-styleclassification-subjective-neutral",
        task="subjectivity",
        labels=("subjective", "objective"),
        licence="apache-2.0",
        citation="Wiki Neutrality Corpus, arXiv:1911.09709",
        verified="its config.json (0 SUBJECTIVE, 1 NEUTRAL; 512 positions) and card (licence, paper)",
        note="Trained on Wikipedia edits, not on news; its repository held only pickled weights when read.",
    ),
    Known(
        model="cardiffnlp/twitter-roberta-base-sentiment-latest",
        task="sentiment",
        labels=("negative", "neutral", "positive"),
        licence="cc-by-4.0",
        citation="TimeLMs, arXiv:2202.03829",
        verified="its card (0 Negative, 1 Neutral, 2 Positive; paper); its copies on the Hub (514 positions, licence)",
        revision="refs/pr/10",
        note=(
            "Trained on tweets. The revision is the Hub's own conversion to safetensors; the main branch held only "
            "pickled weights when read."
        ),
    ),
    Known(
        model="lxyuan/distilbert-base-multilingual-cased-sentiments-student",
        task="sentiment",
        labels=("positive", "neutral", "negative"),
        licence="apache-2.0",
        citation="https://doi.org/10.57967/hf/1422",
        verified="its config.json (0 positive, 1 neutral, 2 negative; 512 positions) and card (licence)",
        note="Distilled from a zero-shot classifier; 12 languages.",
    ),
    Known(
        model="bucketresearch/politicalBiasBERT",
        task="framing",
        labels=("left", "center", "right"),
        licence="mit",
        citation="Baly et al. 2020, We Can Detect Your Bias, EMNLP; https://doi.org/10.57967/hf/0870",
        verified="its card (0 left, 1 center, 2 right; softmax; licence; citation)",
        note="Trained on whole articles of outlets that it may recognize; its card names no test on unseen outlets.",
    ),
    Known(
        model="matous-volf/political-leaning-politics",
        task="framing",
        labels=("left", "center", "right"),
        licence="cc-by-nc-4.0",
        citation="Political Leaning and Politicalness Classification of Texts (see its card)",
        verified=(
            "its card (left, center, right; licence) and public code that quotes it (outputs 0 left, 1 center, "
            "2 right; tokenizer of launch/POLITICS)"
        ),
        tokenizer="launch/POLITICS",
    ),
)

REGISTRY: dict[str, Known] = {entry.model: entry for entry in _ENTRIES}
