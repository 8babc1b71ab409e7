# A fresh machine needs only make and a Python of 3.11 to 3.13: every target installs what it needs into .venv.
PYTHON ?= python3
# An extra index for a CPU-only PyTorch; without it Linux gets the build with CUDA. README says which one.
TORCH_INDEX ?=
DATA ?= $(or $(FOOTNOTE_DATA),data)
LIMIT ?= 600
MINUTES ?= 10
EXAMPLES ?= 100
SIZES ?= 10000
DOCKER ?= docker

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP_INSTALL = $(BIN)/python -m pip install --quiet -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.DEFAULT_GOAL := help
.PHONY: help install run test check format bench bench-quality bench-reading bench-intake bench-chats bench-growth reader faults damage interface fuzz crowd soak image image-test chromium clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

install: $(INSTALLED) ## the command .venv/bin/footnote and the developers' tools

# The build backend comes first, by the constraints, so that nothing is fetched past them.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("Python 3.11 to 3.13 is needed: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (the first time takes a minute or two) ..."
	@$(PIP_INSTALL) hatchling
	@$(PIP_INSTALL) --no-build-isolation --editable '.[dev]'
	@touch $@

run: install ## take the seed articles in and serve them
	@$(BIN)/footnote ingest --data $(DATA) seeds
	@exec $(BIN)/footnote serve --data $(DATA)

test: install chromium ## every test
	@$(BIN)/python -m pytest

check: install ## lint, format, types, and which package may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/hadolint Dockerfile

format: install ## put the code into its one format
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

bench: install ## how fast it is on this machine, with the question sets in DATA; PEERS: a Python that has others
	@$(BIN)/python -m benchmarks.speed $(DATA) $(if $(PEERS),--peers $(PEERS)) $(if $(CHARTS),--charts $(CHARTS))

bench-quality: install ## what each signal earns on the question sets in DATA
	@$(BIN)/python benchmarks/quality.py $(DATA) --limit $(LIMIT)

bench-reading: install ## what the reader reads right, with the question sets in DATA
	@$(BIN)/python benchmarks/reading.py $(DATA)

bench-intake: install ## how much comes in, with how much memory, and what questions notice of it
	@$(BIN)/python benchmarks/intake.py

bench-chats: install ## how soon chat tools are acknowledged when 200 ask at once, and whether all are answered
	@$(BIN)/python -m benchmarks.chats

# EVERY=10 tries one case in ten.
faults: install ## kill, fail and fill up at every call of every write, and see what is there after (hours; EVERY=24 some)
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults --every $(or $(EVERY),1)

interface: install ## every operation of the OpenAPI document asked for with what fits it and what does not
	@$(BIN)/python -m benchmarks.interface --examples $(EXAMPLES)

fuzz: install ## every reader and every chat payload fuzzed, MINUTES for each (Linux)
	@$(PIP_INSTALL) --no-build-isolation --editable '.[dev,fuzzing]'
	@$(BIN)/python -m benchmarks.fuzz --minutes $(MINUTES)

crowd: install ## writers, deleters and askers in several processes on one folder, for MINUTES
	@$(BIN)/python -X faulthandler -m benchmarks.crowd --minutes $(MINUTES)

soak: install ## a service under mixed load for MINUTES: no growth of memory, handles and disk; a full disk, freed again
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)
bench-growth: install ## what archives of SIZES passages take, made of TEXTS (.jsonl files of articles)
	@$(BIN)/python -m benchmarks.growth $(TEXTS) --passages $(SIZES) $(if $(QUESTIONS),--questions $(QUESTIONS)) $(if $(FOLDER),--folder $(FOLDER)) $(if $(CHARTS),--charts $(CHARTS))

damage: install ## flip and cut every file of a data folder, and see what is said, mended and saved
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults.damage --places $(or $(PLACES),24)

# Examples and weights are kept in build/, so that what broke off can go on: remove it to begin anew.
reader: install ## train the reader from the texts in DATA/reading (up to two hours on two cores) and put it in its place
	@test -e build/reading/examples.jsonl || $(BIN)/python -m training.mining $(DATA) build/reading
	@test -e build/reader/trained.pt || $(BIN)/python -m training.train build/reading/examples.jsonl build/reader
	@$(BIN)/python -m training.export build/reader/trained.pt build/reading/examples.jsonl index/reader/reader.onnx

image: ## the container image footnote:latest; PYTORCH=yes for models of others
	$(DOCKER) build --tag footnote:latest $(if $(PYTORCH),--build-arg PYTORCH=$(PYTORCH)) $(if $(TORCH_INDEX),--build-arg TORCH_INDEX=$(TORCH_INDEX)) .

image-test: ## build the image without a Docker engine and run it (Debian, as root)
	@$(PYTHON) -m benchmarks.image

# Tests look at pages in it. Where it can't be had they are skipped, and say so.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "chromium: it needs root and apt-get to be installed: tests in a browser will be skipped"; fi

clean: ## remove what was made here, but no data
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
