# `make` prints this help. Every target does the set-up it needs by itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --strip-extras --no-header

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types imports lock long clean

help:  ## show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(READY)  ## build .venv with everything and the `integrator` command in it

# durable_rules has no wheels: it is built here, without isolation, so that its build uses the locked tools only.
$(READY): requirements-build.lock requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it and try again" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	@PIP="$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation" sh .ci/install-locked requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(READY)  ## start two emulated CRMs, pull, decide, create tasks (ARGS=--once to exit afterwards)
	$(BIN)/integrator demo $(ARGS)

test: $(READY)  ## run the tests (ARGS=... goes to pytest)
	$(BIN)/pytest -n 2 -m "not long" $(ARGS)

check: $(READY) lint types imports test  ## everything CI runs

format: $(READY)  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

lock: $(READY)  ## renew the locks after a change of dependencies
	$(COMPILE) --output-file requirements-build.lock requirements-build.in
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --output-file requirements-dev.lock pyproject.toml

long: $(READY)  ## run the long tests, on new random examples
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n 2 -m long $(ARGS)

clean:  ## remove what was built
	rm -rf $(VENV) build dist .demo .*_cache
