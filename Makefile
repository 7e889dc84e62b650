# A fresh clone needs python3, make and git. What else is missing on a Debian or Ubuntu is installed where root runs this.
VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help venv engine browser demo picture test lint unit golden tables demands credentials fuzz bench clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

venv: $(READY)  ## .venv with caliban, editable, and the development tools

$(READY): pyproject.toml
	@scripts/venv $(VENV)
	@touch $@

engine:  ## a container engine that answers, and the base image of the tests
	@scripts/engine
	@scripts/base-image

browser:  ## a Chromium, for the test that looks at the page of `caliban explain --html`
	@scripts/browser

demo: venv engine  ## a real run in a container: train a small model, print its accuracy
	cd examples/digits && ../../$(BIN)/caliban run --nogpu trainer.train -- --epochs 2

picture: venv engine  ## record the session that README.md shows: docs/session.svg
	PYTHONPATH=scripts $(BIN)/python -m picture docs/session.svg

test: lint engine browser  ## everything: style, types, unit tests, tests on a real engine
	CALIBAN_REQUIRE_ENGINE=1 $(BIN)/pytest -n 2 --dist worksteal $(ARGS)

lint: venv  ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/shellcheck -x $(filter-out scripts/picture scripts/tables,$(wildcard scripts/*)) .ci/run

unit: lint  ## what can be tested without an engine
	$(BIN)/pytest -n 2 -m 'not engine' $(ARGS)

golden: venv  ## accept what the compiler says now as the expected output of golden/
	$(BIN)/pytest -m 'not engine' --update-golden $(ARGS)

tables: venv  ## read again what the package index says of frameworks and wheels (ARGS: names, --check, --add NAME)
	PYTHONPATH=scripts $(BIN)/python -m tables $(ARGS)

demands: venv  ## read again what frameworks demand of other packages
	PYTHONPATH=scripts $(BIN)/python -m tables.demands

credentials: venv  ## compare the table of credential files with what other tools name (ARGS: a gitleaks.toml, lists of names)
	PYTHONPATH=scripts $(BIN)/python -m tables.credentials $(ARGS)

FUZZ_SECONDS ?= 600
fuzz: venv  ## look for inputs that break a promise, FUZZ_SECONDS (600) in all; finds are kept in tests/fuzz/found
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,fuzz]'
	$(BIN)/python tests/fuzz/run.py $(FUZZ_SECONDS)

bench: venv engine  ## measure
	$(BIN)/python bench/loop.py
	$(BIN)/python bench/run.py
	$(BIN)/python bench/results.py
	$(BIN)/python bench/sizes.py
	$(BIN)/python bench/locks.py
	$(BIN)/python bench/wheels.py
	$(BIN)/python bench/replay.py
	$(BIN)/python bench/optimizer.py

clean:  ## remove what these targets made in this folder; images stay
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
