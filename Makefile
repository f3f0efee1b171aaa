# Matinee's tasks. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-dev
PORT ?= 7860

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-extras check fmt lint types arch bench docs serve clean

help: ## list the tasks
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Matinee needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(STAMP): pyproject.toml Makefile $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[dev,browser,taste]'
	touch $@

setup: $(STAMP) ## make .venv with everything for development

demo: $(VENV)/.installed ## from nothing to the demo library at http://127.0.0.1:7860
	$(BIN)/matinee serve --demo --port $(PORT)

serve: $(VENV)/.installed ## serve your own library
	$(BIN)/matinee serve --port $(PORT)

test: setup check ## contracts and fast tests
	$(BIN)/pytest -n auto -m 'not extra'

test-extras: setup ## browser, large data, fault and training tests
	tools/install-debian
	tools/install-axe
	$(BIN)/pytest -m "extra and beside" -n 2 --dist loadfile
	$(BIN)/pytest -m "extra and not beside"
	tools/schemathesis-check
	tools/test-torch

check: lint types arch ## everything tools can check without running the program

fmt: setup ## format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: setup
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

arch: setup
	$(BIN)/lint-imports --no-cache

bench: setup ## measure quality and speed on the evaluation data (MATINEE_DATA)
	$(BIN)/python benchmarks/search_quality.py
	$(BIN)/python benchmarks/search_ablation.py
	$(BIN)/python benchmarks/tagger_quality.py
	$(BIN)/python benchmarks/parse_speed.py
	$(BIN)/python benchmarks/search_speed.py
	$(BIN)/python benchmarks/build_speed.py
	$(BIN)/python benchmarks/ingest_speed.py
	$(BIN)/python benchmarks/tmdb_download.py
	$(BIN)/python benchmarks/dense_index.py
	$(BIN)/python benchmarks/json_encoding.py
	$(BIN)/python benchmarks/ranking_quality.py
	$(BIN)/python benchmarks/rating_quality.py
	$(BIN)/python benchmarks/cold_items.py
	$(BIN)/python benchmarks/recommend_speed.py
	$(BIN)/python benchmarks/store_speed.py
	$(BIN)/python benchmarks/service_load.py
	$(BIN)/python benchmarks/ui_speed.py
	$(BIN)/python benchmarks/picture_overhead.py
	$(BIN)/python benchmarks/poster_signature.py
	$(BIN)/python benchmarks/poster_ablation.py
	$(BIN)/python benchmarks/ui_speed.py

docs: setup ## write the generated parts of the documentation anew
	$(BIN)/python tools/write_docs.py

clean: ## remove what setup and tests left behind
	rm -rf $(VENV) .venv-torch .venv-audit .venv-lint .axe .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
