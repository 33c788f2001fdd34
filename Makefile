# Everything a developer types. Each target sets up what it needs and says so.

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format bench screenshots lock clean

PYTHON := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## set up, start everything and bring the demo municipality to life; Ctrl-C stops it
	@script/setup
	@exec .venv/bin/contactcenter demo

setup: ## fetch and build what is missing
	@script/setup

test: ## set up, then every test; ruff, mypy, Biome and tsc are among them
	@script/test

lint: ## only the checks of style, types and import rules
	@script/setup --test
	@$(PYTHON) -m pytest -q tests/unit/test_house.py

format: ## let ruff and Biome put the code in order
	@script/setup --test
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .
	@if [ -e ui/web/package.json ]; then npm --prefix ui/web run --if-present format; fi

bench: ## measure, each figure beside its baseline
	@script/setup --test
	@$(PYTHON) -m benchmarks

screenshots: ## take the pictures in docs/ anew
	@script/setup --test
	@$(PYTHON) script/screenshots

lock: ## pin the dependencies anew
	@script/lock

clean: ## remove what was built and fetched (not var/, where the data are)
	rm -rf .venv .cache ui/static ui/web/node_modules
