"""Forks again and again while a stream works ahead; each child scores. Run by test_processes."""

import os

import biasscore
import biasscore.scorer

TEXTS = [f"Sentence {i} of the senator was yet another empty warning." for i in range(400)]

biasscore.scorer.WINDOW_CHARS = 2_000
scorer = biasscore.load("small", dtype="float32", threads=2)
expected = scorer.score(TEXTS[0]).loaded
for i, _ in enumerate(scorer.stream(TEXTS)):
    if i % 100 == 0:
        child = os.fork()
        if child == 0:
            os._exit(0 if abs(scorer.score(TEXTS[0]).loaded - expected) < 1e-5 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
