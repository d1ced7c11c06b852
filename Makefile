# sundog: `make run` shows it at work, `make test` proves it. Everything else is below.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
RUN_TESTS := $(BIN)/pytest -n auto --dist loadfile

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/ready: pyproject.toml tools/setup.py
	$(PYTHON) tools/setup.py .venv
	@touch $@

setup: .venv/ready ## make .venv with everything in it

run: setup ## set up, start sundog and drive the example application through it (ONCE=1 exits by itself)
	$(BIN)/python examples/orders/run.py $(if $(ONCE),--once)

test: setup ## set up and pass the fast tests
	$(RUN_TESTS) tests -m "not slow"

check: setup ## exactly what CI runs: format, lint, types, contracts, tests on both databases
	$(BIN)/ruff format --check src tests bench examples tools
	$(BIN)/ruff check src tests bench examples tools
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(RUN_TESTS) tests
	$(RUN_TESTS) tests/promises --store postgres

fix: setup ## format and mend what can be mended
	$(BIN)/ruff format src tests bench examples tools
	$(BIN)/ruff check --fix src tests bench examples tools

serve: setup ## start a server that restarts on change
	$(BIN)/python tools/serve.py

conform: setup ## botocore's protocol cases and the recorded cases: a table
	$(BIN)/python tools/conform.py

simulate: setup ## a seeded run of random operations, crashes and clock jumps (SEED=...)
	$(BIN)/pytest -s tests/simulation --seed=$(or $(SEED),random)

bench: setup ## measure, each figure beside a bare HTTP floor in the same run
	$(BIN)/python -m bench

docs: setup ## write docs/coverage from the operation tables
	$(BIN)/python tools/coverage.py

.PHONY: help setup run test check fix serve conform simulate bench docs
