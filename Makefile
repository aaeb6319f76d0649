# `make demo` and `make test` do everything on a fresh machine; the pip lines they run stand in README.md too.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: help demo test attack check bench clean
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

check: $(VENV)/.dev ## the fast checks: format, lint, types, architecture
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measure everything again and rewrite benchmarks/results and the tables in README.md
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
