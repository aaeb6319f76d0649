"""What is refused when a foreign classifier is asked for, and how the message says to go on."""

import json
import pickle
import socket

import pytest
import torch
from hub_models import SENTIMENT, embedded, make
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModel, BertConfig

import biasscore
from biasscore import BackendError, InputError, LabelMapError, ModelError
from biasscore.heads import CLASSIFIED, HEADS
from biasscore.predict.fields import Fields, check_encoder
from biasscore.predict.hub import REGISTRY
from biasscore.predict.hub.labels import match


@pytest.fixture(scope="module")
def tone(tmp_path_factory):
    return make(tmp_path_factory.mktemp("tone") / "tone")


def change_config(folder, **values):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))


# Labels


@pytest.mark.parametrize(
    ("answer", "names", "expected"),
    [
        ("sentiment", ["NEGATIVE", "Neutral", "pos"], (0, 1, 2)),
        ("sentiment", ["positive", "neutral", "negative"], (2, 1, 0)),
        ("loaded", ["Non-biased", "Biased"], (0, 1)),
        ("loaded", ["lexical_bias", "neutral"], (1, 0)),
        ("loaded", ["biased"], (1,)),
        ("subjectivity", ["OBJ", "SUBJ"], (0, 1)),
        ("subjectivity", ["SUBJECTIVE", "NEUTRAL"], (1, 0)),
        ("framing", ["Right", "Centre", "Left-wing"], (2, 1, 0)),
        ("spans", ["O", "B-BIAS", "I-BIAS"], (0, 1, 1)),
        ("spans", ["I-loaded", "O"], (1, 0)),
    ],
)
def test_names_are_matched_to_our_labels(answer, names, expected):
    assert match(answer, names, model="m") == expected


@given(st.sampled_from(sorted(HEADS)), st.data())
def test_any_order_of_our_own_labels_is_matched(task, data):
    names = data.draw(st.permutations(HEADS[task].labels))
    assert [HEADS[task].labels[i] for i in match(task, names, model="m")] == list(names)


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("sentiment", ["LABEL_0", "LABEL_1", "LABEL_2"]),
        ("sentiment", ["negative", "neutral", "mixed"]),
        ("sentiment", ["negative", "negative", "positive"]),
        ("framing", ["0", "1", "2"]),
        ("loaded", ["LABEL_0"]),
        ("spans", ["O", "B-PER", "I-PER"]),
    ],
)
def test_names_that_leave_it_open_are_refused_with_the_way_to_say_it(answer, names):
    with pytest.raises(LabelMapError, match="does not know what the outputs") as caught:
        match(answer, names, model="owner/name")
    message = str(caught.value)
    assert "\n" not in message
    command = message.split(f"--labels {answer}=")[1].partition(" ")[0]
    shown = command.split(",")
    assert match(answer, names, model="m", given=shown) is not None


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("sentiment", ["NEGATIVE", "POSITIVE"]),
        ("sentiment", [f"{i} stars" for i in range(1, 6)]),
        ("loaded", ["neutral", "biased", "unknown"]),
        ("framing", ["left"]),
        ("spans", ["loaded"]),
    ],
)
def test_a_wrong_number_of_labels_is_refused(answer, names):
    with pytest.raises(LabelMapError, match="use another model"):
        match(answer, names, model="m", known=HEADS[answer].labels)


@pytest.mark.parametrize("given", [["negative", "neutral"], ["a", "b", "c"], ["positive", "positive", "neutral"]])
def test_given_labels_are_checked_too(given):
    with pytest.raises(LabelMapError, match="give 3 names in the order of the outputs"):
        match("sentiment", SENTIMENT, model="m", given=given)


def test_given_labels_win_and_known_ones_fill_in():
    assert match("sentiment", SENTIMENT, model="m", given=SENTIMENT[::-1]) == (2, 1, 0)
    assert match("sentiment", ["LABEL_0", "LABEL_1", "LABEL_2"], model="m", known=SENTIMENT) == (0, 1, 2)


def test_a_model_that_changed_its_labels_since_it_was_verified_is_refused():
    with pytest.raises(LabelMapError, match="not in the order that biasscore knows"):
        match("sentiment", SENTIMENT[::-1], model="m", known=SENTIMENT)


def test_the_registry_speaks_our_language():
    # A head may have no public classifier: nobody but its maker has taught it.
    assert {entry.task for entry in REGISTRY.values()} <= set(CLASSIFIED)
    for name, entry in REGISTRY.items():
        assert name == entry.model
        assert sorted(entry.labels) == sorted(HEADS[entry.task].labels)
        assert entry.verified
        assert entry.licence
        assert entry.citation


def test_an_ambiguous_model_is_refused_and_loads_once_its_labels_are_given(tmp_path):
    folder = make(tmp_path / "m", labels=("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(LabelMapError, match=r"labels=\{'sentiment': \['negative', 'neutral', 'positive'\]\}"):
        biasscore.load(None, sentiment=folder)
    assert biasscore.load(None, sentiment=folder, labels={"sentiment": SENTIMENT}).score("A vote.").sentiment


@pytest.mark.parametrize("names", [SENTIMENT[:2], (*SENTIMENT, "mixed")])
def test_outputs_without_as_many_names_have_none(tmp_path, names):
    """transformers builds as many outputs as ``num_labels`` says."""
    change_config(make(tmp_path / "m"), num_labels=3, id2label=dict(enumerate(names)))
    with pytest.raises(LabelMapError, match=r"the outputs of .* \(LABEL_0, LABEL_1, LABEL_2\)"):
        biasscore.load(None, sentiment=tmp_path / "m")
    with pytest.raises(LabelMapError, match="has 3 outputs"):
        biasscore.load(None, loaded=tmp_path / "m", labels={"loaded": ("neutral", "loaded")})
    named = biasscore.load(None, sentiment=tmp_path / "m", labels={"sentiment": SENTIMENT})
    plain = biasscore.load(None, sentiment=make(tmp_path / "n"))
    assert named.score("A vote.").sentiment == plain.score("A vote.").sentiment


def test_labels_for_an_answer_without_a_model_are_refused(tone):
    with pytest.raises(LabelMapError, match="add --framing MODEL"):
        biasscore.load(None, sentiment=tone, labels={"framing": ("left", "center", "right")})
    with pytest.raises(LabelMapError, match="unknown score 'mood'"):
        biasscore.load(None, sentiment=tone, labels={"mood": ("bad", "good")})


# What kind of model


def test_the_wrong_kind_of_classifier_is_refused(tmp_path, tone):
    words = make(tmp_path / "words", labels=("negative", "neutral", "positive"), tokens=True)
    with pytest.raises(ModelError, match=r"classifies single words, but --sentiment .* with --spans"):
        biasscore.load(None, sentiment=words)
    with pytest.raises(ModelError, match="classifies whole texts, but --spans"):
        biasscore.load(None, spans=tone, labels={"spans": ["outside", "loaded", "loaded"]})


def test_a_model_without_a_head_is_refused(tmp_path, tone):
    folder = make(tmp_path / "m", "bert")
    encoder = AutoModel.from_config(BertConfig.from_pretrained(folder))
    encoder.save_pretrained(folder)
    with pytest.raises(ModelError, match="is a BertModel, not a classifier"):
        biasscore.load(None, sentiment=folder)
    # A config that claims a head for weights that have none would be filled with random numbers.
    change_config(folder, architectures=["BertForSequenceClassification"])
    with pytest.raises(ModelError, match=r"has no weights with the name 'classifier\.bias'"):
        biasscore.load(None, sentiment=folder)


def test_a_regression_is_refused(tmp_path):
    folder = make(tmp_path / "m", labels=("biased",), problem_type="regression")
    with pytest.raises(ModelError, match="is a regression"):
        biasscore.load(None, loaded=folder)


def test_an_unknown_family_is_refused_by_its_name(tmp_path):
    change_config(make(tmp_path / "m"), model_type="gpt2")
    with pytest.raises(
        ModelError,
        match=r"cannot load the 'model_type' 'gpt2' of .*; use a model with one of these types: albert, bert",
    ):
        biasscore.load(None, sentiment=tmp_path / "m")


def test_a_classifier_alone_answers_the_question_that_its_labels_tell(tmp_path, tone):
    assert biasscore.load(tone).score("A vote.") == biasscore.load(None, sentiment=tone).score("A vote.")
    folder = make(tmp_path / "m", labels=("LABEL_0", "LABEL_1"))
    with pytest.raises(
        ModelError,
        match=r"cannot tell which score .* gives; name the score, for example: --sentiment .*load\(sentiment=",
    ):
        biasscore.load(folder)
    assert biasscore.load(folder, labels={"loaded": ("neutral", "loaded")}).score("A vote.").loaded is not None
    words = make(tmp_path / "words", labels=("O", "BIAS"), tokens=True)
    assert biasscore.load(words).score("A vote.").loaded is None


def test_an_unknown_short_name_is_refused_with_the_embedded_ones():
    with pytest.raises(ModelError, match="no model 'bsae'"):
        biasscore.load(None, loaded="bsae")


def test_asking_for_nothing_is_refused():
    with pytest.raises(InputError, match="no model is given"):
        biasscore.load(None)


# Safety


def test_code_of_a_models_own_never_runs(tmp_path):
    folder, trace = make(tmp_path / "m"), tmp_path / "trace"
    (folder / "own.py").write_text(f"open({str(trace)!r}, 'w')\n")
    change_config(folder, auto_map={"AutoModelForSequenceClassification": "own.Own"})
    with pytest.raises(ModelError, match="needs its own program code"):
        biasscore.load(None, sentiment=folder, allow_pickle=True)
    assert not trace.exists()


def pickled(folder):
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    return folder


def test_pickled_weights_need_a_flag_that_names_the_risk(tmp_path):
    folder = pickled(make(tmp_path / "m"))
    with pytest.raises(ModelError, match=r"only pickled weights.*allow_pickle=True.*can run any code"):
        biasscore.load(None, sentiment=folder)
    plain = make(tmp_path / "n")
    allowed = biasscore.load(None, sentiment=folder, allow_pickle=True).score("A vote.").sentiment
    assert allowed == biasscore.load(None, sentiment=plain).score("A vote.").sentiment


def test_the_flag_prefers_safetensors(tmp_path):
    folder, trace = make(tmp_path / "m"), tmp_path / "trace"

    class Bomb:
        def __reduce__(self):
            return open, (str(trace), "w")

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    biasscore.load(None, sentiment=folder, allow_pickle=True)
    assert not trace.exists()


# Files


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path, name):
    folder = make(tmp_path / "m")
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        biasscore.load(None, sentiment=folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_broken_file_is_refused_in_one_line(tmp_path, name):
    folder = make(tmp_path / "m")
    (folder / name).write_bytes(b"{broken")
    with pytest.raises(ModelError) as caught:
        biasscore.load(None, sentiment=folder)
    assert "\n" not in str(caught.value)


def test_a_missing_shard_is_named(tmp_path):
    folder = make(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    shards = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(shards))
    with pytest.raises(ModelError, match=r"model-00002-of-00002\.safetensors"):
        biasscore.load(None, sentiment=folder)


def test_a_folder_that_is_not_there_is_refused():
    with pytest.raises(ModelError, match="does not exist; check the path"):
        biasscore.load(None, sentiment="./nowhere/at/all")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the Hub, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    def refuse(*_, **__):
        raise OSError("the test has no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tmp_path / "hub"


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def cached(cache, model, folder):
    """Put a model's files into the cache as a download would."""
    place = cache / f"models--{model.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(COMMIT)
    (place / "snapshots").mkdir()
    folder.rename(place / "snapshots" / COMMIT)
    return place / "snapshots" / COMMIT


def test_an_unknown_id_offline_is_refused_with_the_file_and_how_to_fetch_it(cache):
    with pytest.raises(ModelError, match=r"no copy from the Hub.*hf download owner/name"):
        biasscore.load(None, sentiment="owner/name", local_files_only=True)


def test_a_pinned_revision_is_part_of_the_advice(cache):
    with pytest.raises(ModelError, match=r"hf download owner/name --revision v2"):
        biasscore.load(None, sentiment="owner/name@v2", local_files_only=True)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_file_missing_in_the_cache_is_named(cache, tmp_path, name):
    snapshot = cached(cache, "owner/name", make(tmp_path / "m"))
    (snapshot / name).unlink()
    with pytest.raises(ModelError, match=rf"{name}.*hf download owner/name {name}"):
        biasscore.load(None, sentiment="owner/name", local_files_only=True)


def test_the_cache_is_used_and_the_commit_is_the_identity(cache, tmp_path, tone):
    cached(cache, "owner/name", make(tmp_path / "m"))
    scorer = biasscore.load(None, sentiment="owner/name", local_files_only=True)
    assert scorer.score("A vote.").sentiment == biasscore.load(None, sentiment=tone).score("A vote.").sentiment
    assert scorer.fingerprint.startswith("sentiment=owner/name@")


def test_a_name_that_is_no_id_is_refused(cache):
    with pytest.raises(ModelError, match="neither a folder nor a name on the Hugging Face Hub"):
        biasscore.load(None, sentiment="owner/bad name")


# Engine


def test_number_formats_and_backends_that_a_family_cannot_have_are_refused(tmp_path):
    folder = make(tmp_path / "m", "deberta-v2")
    with pytest.raises(BackendError, match=r"deberta-v2\) cannot run in int8"):
        biasscore.load(None, sentiment=folder, dtype="int8")
    with pytest.raises(BackendError, match="runs with PyTorch only, not with ONNX Runtime"):
        biasscore.load(None, sentiment=folder, backend="onnx")


def test_a_prior_needs_a_calibration(tmp_path):
    folder = make(tmp_path / "m", labels=("neutral", "biased"))
    with pytest.raises(InputError, match="biasscore calibrate"):
        biasscore.load(None, loaded=folder, prior=0.2)


def test_a_model_of_ours_is_no_foreign_one(tmp_path):
    assert biasscore.load(None, loaded=embedded(tmp_path / "ours")).score("A nasty vote.").loaded is not None
    assert set(CLASSIFIED) == {name for name, head in HEADS.items() if head.level != "target"}


@pytest.mark.parametrize("named", [{"model": 3}, {"model": ""}, {"sentiment": 3}, {"sentiment": ["a/b"]}])
def test_a_model_that_is_no_name_is_refused(named):
    with pytest.raises(InputError, match=r"must be a str or Path, not |must not be empty"):
        biasscore.load(**named)


# Sizes and messages


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type_vocab_size", 10**8),
        ("num_hidden_groups", 20_000),
        ("num_hidden_groups", 0),
        ("conv_kernel_size", 10**8),
        ("attention_head_size", 10**6),
        ("pooler_hidden_size", 10**5),
        ("position_buckets", 10**9),
        ("embedding_size", 10**5),
    ],
)
def test_every_size_in_a_config_is_bounded(name, value):
    config = {"model_type": "deberta-v2", "vocab_size": 100, "hidden_size": 8, "num_hidden_layers": 2}
    with pytest.raises(ModelError, match=rf"the key '{name}' in config\.json must be a whole number from"):
        check_encoder(Fields("config.json", config | {name: value}), 10**9)


def test_heads_that_are_wider_than_the_weights_are_refused():
    config = {"vocab_size": 100, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 64}
    with pytest.raises(ModelError, match="weights is too small"):
        check_encoder(Fields("config.json", config | {"attention_head_size": 32_000}), 10**6)


def test_what_strangers_wrote_makes_no_error_long_or_of_several_lines(tone):
    for broken in ({"architectures": ["x\n\x1b"] * 1_000}, {"id2label": {"0": "a\n\x1b" * 10_000, "1": "b", "2": "c"}}):
        kept = (tone / "config.json").read_text()
        change_config(tone, **broken)
        with pytest.raises(ModelError) as caught:
            biasscore.load(None, sentiment=tone)
        (tone / "config.json").write_text(kept)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 2_000
