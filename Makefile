# `make demo` and `make test` do everything on a fresh machine; the pip lines they run stand in README.md too.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: help demo test lock oldest newest attack curves fuzz audit check bench site publish wheel clean
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

# Two processes; a file's tests stay in one of them, for they share what is slow to make.
test: $(VENV)/.dev ## install, then lint, type-check, check the architecture and run all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lock: $(VENV)/.dev ## list what CI installs, with versions and hashes, in .ci/locked.txt
	$(BIN)/python .ci/lock.py

# What the tests need beside the libraries that a user installs; TESTS chooses some of the tests.
TESTERS := duckdb polars pytest hypothesis sybil nbclient ipykernel import-linter
define tested
$(PYTHON) -m venv build/$@
build/$@/bin/pip install --quiet --constraint constraints.txt $(1) --editable '.[baselines,inputs,onnx,plots,spacy]' $(TESTERS)
build/$@/bin/python -m pytest --junitxml=build/$@.xml $(TESTS) || true
build/$@/bin/python .ci/versions.py $@ build/$@.xml
$(BIN)/python -m benchmarks.tables
endef

oldest: $(VENV)/.dev ## run the tests with the oldest supported versions, and keep what they said
	$(call tested,--constraint .ci/oldest.txt)

newest: $(VENV)/.dev ## run the tests with the newest versions, and keep what they said
	$(call tested,--upgrade)

attack: $(VENV)/.dev ## try every input and fault of tests/attack and write benchmarks/results/reliability.json
	PYTHONPATH=.:tests $(BIN)/python -m attack

curves: $(VENV)/.dev ## measure how time and memory grow with the worst inputs, and write benchmarks/results/curves.json
	PYTHONPATH=.:tests $(BIN)/python -m attack.measure
	$(BIN)/python -m benchmarks.tables

fuzz: $(VENV)/.dev ## let a coverage-guided fuzzer look for inputs that break segmentation or a reader, five minutes each
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[fuzz]'
	PYTHONPATH=.:tests $(BIN)/python -m attack.fuzz

# A package that cannot be looked up fails the audit; without --strict it would pass. PyPI lists no "+cpu" builds.
audit: $(VENV)/.dev ## ask pip-audit for known weaknesses of the installed versions (uses the network)
	$(BIN)/pip install --quiet pip-audit
	mkdir -p build
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > build/installed.txt
	$(BIN)/pip-audit --strict --disable-pip --no-deps --requirement build/installed.txt

check: $(VENV)/.dev ## the fast checks: format, lint, types, architecture, links of the documentation
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mkdocs build --strict --quiet --site-dir build/site

site: $(VENV)/.dev ## build the documentation in build/site
	$(BIN)/mkdocs build --strict --site-dir build/site

publish: site ## build the documentation and put it on GitHub Pages (for maintainers; CI does it)
	$(BIN)/mkdocs gh-deploy --strict --force

wheel: $(VENV)/.dev ## build wheel and sdist in dist, check them, and score with the wheel in an empty environment
	rm -rf dist build/elsewhere
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv build/elsewhere
	build/elsewhere/bin/pip install --quiet --constraint constraints.txt dist/*.whl
	cd build/elsewhere && bin/python ../../.ci/score_offline.py

# The other libraries need environments of their own. With DATA, the folder of the training tables, it measures more.
bench: $(VENV)/.dev ## measure speed, number formats and where the time goes, and rewrite the tables in README.md and docs
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	for peers in peers peers_infinity; do \
		$(PYTHON) -m venv build/$$peers && build/$$peers/bin/pip install --quiet --requirement benchmarks/$$peers.txt || exit; \
	done
	$(BIN)/python -m benchmarks --peers build/peers/bin/python build/peers_infinity/bin/python $(if $(DATA),--data $(DATA))

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
