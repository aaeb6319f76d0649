"""Tests have the same names, in the same order, in every process: those that run side by side have to agree on them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def test_no_name_shows_a_set(request: pytest.FixtureRequest) -> None:
    """A set has no order of its own, so a name that shows it may differ from process to process."""
    examples = {item.nodeid: item.callspec.params for item in request.session.items if hasattr(item, "callspec")}
    sets = {name: [value for value in held.values() if isinstance(value, set)] for name, held in examples.items()}
    assert [name for name, found in sets.items() if any(str(value) in name for value in found)] == []


def test_names_do_not_depend_on_the_order_of_sets(request: pytest.FixtureRequest) -> None:
    """Python orders a set of words by a seed of the process: another seed shows examples that rest on such an order."""
    here = [item.nodeid for item in request.session.items]
    files = dict.fromkeys(str(item.path) for item in request.session.items)
    seed = {"PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
    listed = subprocess.run(
        [*command, *files],
        cwd=request.config.rootpath,
        env=os.environ | seed,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert listed.returncode == 0, listed.stdout + listed.stderr
    chosen = set(here)
    assert [name for name in listed.stdout.splitlines() if name in chosen] == here
