# All that a person types. Needs Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV := .venv
TRAIN := .venv-train
BIN := $(VENV)/bin
STAMPS := $(VENV)/.made
UV := $(BIN)/python -m uv pip install --quiet --python $(BIN)/python

.PHONY: demo test test-train test-peers lint bench clean help
.DEFAULT_GOAL := help

help: ## what can be typed
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(STAMPS)/demo ## the whole path over a simulated archive; results in demo-data/
	@$(BIN)/python -m flows.demo

test: $(STAMPS)/dev ## every test that needs neither PyTorch nor a system service
	@$(BIN)/python -m pytest -q -m "not train and not peers"

test-train: $(TRAIN)/.made/train ## the tests that need PyTorch and Ultralytics
	@$(TRAIN)/bin/python -m pytest -q -m train

test-peers: $(STAMPS)/peers ## the tests against real servers that are installed here
	@$(BIN)/python -m pytest -q -m peers

lint: $(STAMPS)/dev ## ruff, mypy, layers
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(STAMPS)/dev ## the demo's figures over 20 archives (half an hour)
	@$(BIN)/python benchmarks/demo.py

clean: ## remove what make made
	rm -rf $(VENV) $(TRAIN) demo-data dist .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "yardwatch needs Python 3.11 or newer; this is %s. Name another: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@echo "making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(STAMPS)/demo: pyproject.toml | $(BIN)/python
	@echo "installing yardwatch into $(VENV) ..."
	@$(UV) -e '.[simulate]'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: pyproject.toml | $(BIN)/python
	@echo "installing yardwatch and its test tools into $(VENV) ..."
	@$(UV) -e '.[dev]'
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/demo

$(STAMPS)/peers: pyproject.toml | $(BIN)/python
	@$(UV) -e '.[dev,peers]'
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/dev $(STAMPS)/demo

$(TRAIN)/.made/train: pyproject.toml
	@echo "installing PyTorch and Ultralytics into $(TRAIN); several GB ..."
	@$(PYTHON) -m venv $(TRAIN)
	@$(TRAIN)/bin/python -m pip install --quiet --upgrade pip
	@$(TRAIN)/bin/python -m pip install --quiet --no-compile -e '.[train,dev]'
	@mkdir -p $(TRAIN)/.made && touch $@
