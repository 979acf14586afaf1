# Tideover: `make demo` runs it, `make test` tests it. Everything else is below; `make` lists it.
# ARGS are passed on: make demo ARGS="--help", make train ARGS="--force", make bench ARGS="--turns 100".
# PYTEST_ARGS likewise: make test PYTEST_ARGS="tests/bot -k web".

BIN := .venv/bin
ARGS ?=
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint types imports fix train bench lock clean

help: ## list what make can do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

setup: ## make .venv and install what is needed; every target below does this first
	@tools/bootstrap.sh

demo: setup ## start everything on SQLite with invented borrowers; Ctrl-C stops it
	@$(BIN)/tideover demo $(ARGS)

# -v only takes back the -q of pyproject.toml, so that the seed of the random order is shown.
test: setup ## run the tests, in random order, on all cores
	@$(BIN)/python -m pytest -v -n auto --dist loadfile $(PYTEST_ARGS)

check: lint types imports ## what CI checks besides the tests

lint: setup ## style: ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## types: mypy, strict
	$(BIN)/mypy

imports: setup ## directions of imports: import-linter
	$(BIN)/lint-imports

fix: setup ## let ruff correct what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: setup ## train the dialogue model
	@$(BIN)/tideover train $(ARGS)

bench: setup ## measure the dialogue engine beside Rasa's default configuration
	@$(BIN)/python -m bench.dialogue $(ARGS)

lock: ## write requirements.lock again after a change of dependencies (needs uv)
	uv pip compile --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	  --generate-hashes --no-header --no-annotate --extra dev -o requirements.lock pyproject.toml

clean: ## remove the environment and caches; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
