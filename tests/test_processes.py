"""A scorer in other processes: pickled, spawned, forked, in the pools that people use. The model is the real one."""

from __future__ import annotations

import copy
import ctypes
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from fakes import fake_scorer
from hub_models import make

import biasscore
from biasscore.engine.forks import computing, watch_thread
from biasscore.errors import BackendError, InputError
from biasscore.results import Document
from biasscore.scorer import Scorer, Settings

TEXTS = ["The senator issued yet another empty warning.", "The bill passed by 61 votes to 39."] * 4
# A fork that waits for threads that are gone waits for ever; a busy machine needs some time.
LIMIT = 240
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """Opened and used, so that its threads run and its library's locks exist."""
    scorer = biasscore.load("small", dtype="float32", threads=2)
    scorer.score_many(TEXTS)
    return scorer


@pytest.fixture(autouse=True)
def limit():
    """Ends a hanging test with a traceback."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"hung for {LIMIT} seconds"))
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def loaded(scorer: Scorer, text: str) -> float | None:
    return scorer.score(text).loaded


def expected(scorer: Scorer) -> list:
    return pytest.approx([document.loaded for document in scorer.score_many(TEXTS)], abs=1e-5)


def test_a_pickle_is_small_and_opens_the_same_model_once_per_process(scorer):
    pickled = pickle.dumps(scorer)
    assert len(pickled) < 2_000
    arrived, again = pickle.loads(pickled), pickle.loads(pickled)
    assert arrived is again
    assert arrived.settings == scorer.settings
    assert arrived.score(TEXTS[0]) == scorer.score(TEXTS[0])


def test_targets_that_can_be_read_once_arrive(tiny_model):
    scorer = biasscore.load(tiny_model, threads=1, targets=(name for name in ("Maria Soto", "Senate")))
    arrived = pickle.loads(pickle.dumps(scorer))
    assert arrived.settings == scorer.settings
    text = "Maria Soto said the vote of the Senate was absurd."
    assert arrived.score(text).targets == scorer.score(text).targets != ()


def test_a_copy_that_arrives_after_the_one_before_was_closed_is_open(tiny_model):
    """A task of a pool may close what it got; the next task in that process gets the same pickle."""
    pickled = pickle.dumps(biasscore.load(tiny_model, threads=1))
    found = []
    for _ in range(2):
        with pickle.loads(pickled) as scorer:
            found.append(scorer.score(TEXTS[0]))
    assert found[0] == found[1]
    assert copy.deepcopy(scorer).score(TEXTS[0]) == found[0]


def test_a_process_keeps_only_the_newest_scorers_that_arrived(tiny_model):
    scorers = [biasscore.load(tiny_model, threads=1, budget=budget) for budget in range(100, 105)]
    pickles = [pickle.dumps(scorer) for scorer in scorers]
    first, *_, last = map(pickle.loads, pickles)
    assert pickle.loads(pickles[-1]) is last
    assert pickle.loads(pickles[0]) is not first


def test_a_pickle_names_the_weights(scorer, tiny_model):
    """So that who hashes it, as datasets does, sees that a folder's model has changed."""
    assert scorer.fingerprint.encode() in pickle.dumps(scorer)


@pytest.mark.parametrize("name", [str, Path])
def test_a_model_of_a_relative_path_is_found_from_another_folder(tiny_model, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tiny_model.parent)
    scorer = biasscore.load(name("tiny"), threads=1)
    expected, pickled = scorer.score(TEXTS[0]), pickle.dumps(scorer)
    monkeypatch.chdir(tmp_path)
    arrived = pickle.loads(pickled)
    assert arrived.settings == scorer.settings
    assert arrived.settings.model == "tiny"
    assert pickle.dumps(arrived) == pickled
    assert arrived.score(TEXTS[0]) == expected


def test_a_scorer_built_by_hand_says_where_it_may_not_go():
    fake = fake_scorer()
    with pytest.raises(InputError, match=r"not opened by biasscore\.load"):
        pickle.dumps(Scorer(fake._model, fake.settings))


@pytest.mark.parametrize("method", [pytest.param("fork", marks=forks), "spawn"])
def test_multiprocessing(scorer, method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(partial(loaded, scorer), TEXTS) == expected(scorer)


@forks
def test_a_bare_fork_scores_with_the_scorer_it_has_and_with_new_ones(scorer):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        new = biasscore.load("small", dtype="float32")
        found = [*(d.loaded for d in scorer.score_many(TEXTS)), new.score(TEXTS[0]).loaded, scorer.settings.threads]
        os.write(writing, pickle.dumps(found))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        *scores, new, threads = pickle.loads(answer.read())
    assert os.waitpid(child, 0)[1] == 0
    assert scores == expected(scorer)
    assert new == pytest.approx(scores[0], abs=1e-5)
    assert threads == 1
    assert [document.loaded for document in scorer.score_many(TEXTS)] == expected(scorer)


@forks
def test_a_fork_says_that_it_cannot_use_a_card():
    on_card = fake_scorer()
    on_card.settings = Settings("fake", "torch", "cuda:0", "float16", 1, 512, 0.5)
    pool = multiprocessing.get_context("fork").Pool(1, initializer=_keep, initargs=(on_card,))
    with (
        pool,
        pytest.raises(BackendError, match="a forked process cannot use cuda:0; start processes with"),
    ):
        pool.apply(_score_kept)


@forks
def test_a_fork_waits_until_nothing_computes(scorer):
    """A lock of MKL that another thread holds would stay held in the child."""
    begun, done = threading.Event(), threading.Event()

    def compute() -> None:
        with computing():
            begun.set()
            time.sleep(0.3)
            done.set()

    threading.Thread(target=compute).start()
    begun.wait()
    assert _in_child(done.is_set)


@forks
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list its threads")
def test_a_fork_waits_for_a_thread_that_python_has_done_with(scorer):
    """At its very end a thread gives back MKL's memory, under a lock; Python's ``join`` is over by then."""
    system, key, done = ctypes.CDLL(None), ctypes.c_uint(), threading.Event()
    at_the_end = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _: (time.sleep(0.3), done.set()))
    assert system.pthread_key_create(ctypes.byref(key), at_the_end) == 0

    def compute() -> None:
        watch_thread()
        system.pthread_setspecific(key, ctypes.c_void_p(1))

    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    assert _in_child(done.is_set)


@forks
def test_a_fork_reads_a_stream_that_was_made_before_it(scorer):
    stream, wanted = scorer.stream(TEXTS), expected(scorer)
    assert _in_child(lambda: [document.loaded for document in stream] == wanted)
    assert [document.loaded for document in stream] == wanted


@forks
def test_a_fork_says_that_it_cannot_go_on_with_a_stream(scorer, monkeypatch):
    monkeypatch.setattr("biasscore.scorer.WINDOW_CHARS", 40)
    stream = scorer.stream(TEXTS)
    next(stream)
    assert _in_child(lambda: "cannot read the rest of a stream" in _refused(stream))
    assert len(list(stream)) == len(TEXTS) - 1


def _refused(stream: Iterator[Document]) -> str:
    try:
        return f"{len(list(stream))} documents"
    except InputError as error:
        return str(error)


def _in_child(question: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(question())
    return os.waitpid(child, 0)[1] != 0


@forks
def test_a_classifier_of_the_hub_is_opened_in_a_fork(tmp_path):
    """transformers runs this family on as many threads as OpenMP has, so the parent's are missing in the child."""
    folder = make(tmp_path / "tone", "albert")
    biasscore.load(None, sentiment=folder, threads=2).score_many(TEXTS)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        tone, threads = pool.apply_async(_tone, (folder,)).get(timeout=100)
    assert isinstance(tone, float)
    assert threads == 1


def _tone(folder: Path) -> tuple[float | None, int]:
    scorer = biasscore.load(None, sentiment=folder)
    return scorer.score(TEXTS[0]).tone, scorer.settings.threads


_kept: list[Scorer] = []


def _keep(scorer: Scorer) -> None:
    _kept.append(scorer)


def _score_kept() -> float | None:
    return _kept[0].score(TEXTS[0]).loaded


def test_joblib(scorer):
    joblib = pytest.importorskip("joblib")
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(loaded)(scorer, text) for text in TEXTS)
    assert found == expected(scorer)


@dataclass
class _ScoredTexts:
    """A data set of PyTorch that scores in the workers."""

    scorer: Scorer

    def __len__(self) -> int:
        return len(TEXTS)

    def __getitem__(self, i: int) -> float | None:
        return self.scorer.score(TEXTS[i]).loaded


def test_workers_of_a_data_loader(scorer):
    from torch.utils.data import DataLoader

    method = "fork" if hasattr(os, "fork") else "spawn"
    loader = DataLoader(_ScoredTexts(scorer), batch_size=4, num_workers=2, multiprocessing_context=method)
    assert [score for batch in loader for score in batch.tolist()] == expected(scorer)


def test_dataset_map_in_two_processes(scorer, tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    data = datasets.Dataset.from_dict({"text": TEXTS})
    found = data.map(lambda row: {"loaded": scorer.score(row["text"]).loaded}, num_proc=2)
    assert found["loaded"] == expected(scorer)


def test_eight_threads_score_as_one_does(scorer):
    alone = [document.to_dict() for document in scorer.score_many(TEXTS)]
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: scorer.score_many(TEXTS), range(16)):
            assert [document.to_dict() for document in found] == alone


@forks
def test_a_fork_in_the_middle_of_a_stream(scorer):
    """The threads that work ahead hold locks while the process is forked."""
    script = Path(__file__).with_name("process_fork_in_stream.py")
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert result.returncode == 0, result.stderr
