# `make demo` and `make test` do everything on a fresh machine; the pip lines they run stand in README.md too.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: help demo test attack check bench site wheel clean
help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(BIN)/biasscore: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/biasscore pyproject.toml
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(BIN)/biasscore ## install, score the two sample articles, print the result
	$(BIN)/biasscore score examples/report.txt examples/opinion.txt

test: $(VENV)/.dev ## install, then lint, type-check, check the architecture and run all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

attack: $(VENV)/.dev ## try every input and fault of tests/attack and write benchmarks/results/reliability.json
	PYTHONPATH=.:tests $(BIN)/python -m attack

check: $(VENV)/.dev ## the fast checks: format, lint, types, architecture, links of the documentation
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mkdocs build --strict --quiet --site-dir build/site

site: $(VENV)/.dev ## build the documentation in build/site
	$(BIN)/mkdocs build --strict --site-dir build/site

wheel: $(VENV)/.dev ## build wheel and sdist in dist, check them, and score with the wheel in an empty environment
	rm -rf dist build/elsewhere
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv build/elsewhere
	build/elsewhere/bin/pip install --quiet --constraint constraints.txt dist/*.whl
	cd build/elsewhere && bin/python ../../.ci/score_offline.py

bench: $(VENV)/.dev ## measure everything again and rewrite benchmarks/results and the tables in README.md
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
