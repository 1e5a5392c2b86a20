# Two commands, each doing all of its own set-up: `make demo` and `make test`. The rest is for developers.
# Needs git, Python 3.11 or newer and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# One more than there are cores: many tests wait for a process of their own.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SOURCES := reconciler tests bench deploy
PURE := tests/model tests/rules tests/schema tests/planning tests/architecture

.PHONY: demo test quick image-test lint types floors unit wheel-test registry coverage corpus deploy-test fuzz bench soak
.PHONY: deployers story reference format clean help

help: ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

demo: $(VENV)/.runtime ## Tell the whole story on this machine, with nothing else installed
	@$(BIN)/imagestream demo

# What needs a folder, a tool or hours is apart: corpus, deploy-test, deployers, image-test, fuzz, soak.
test: $(VENV)/.dev registry lint types floors unit wheel-test $(if $(CORPUS_DIR),corpus) ## Run every check and every test, against a real registry

quick: lint types floors ## Style, types, floors and the tests of the rooms without I/O: under a minute
	$(BIN)/pytest -q -n $(WORKERS) $(PURE)

lint: $(VENV)/.dev ## Style
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: $(VENV)/.dev ## Types
	$(BIN)/mypy

floors: $(VENV)/.dev ## Imports go down only
	$(BIN)/lint-imports --no-logo --cache-dir $(VENV)/.import_linter_cache

unit: $(VENV)/.dev registry ## The test suite
	$(BIN)/pytest -q -n $(WORKERS)

coverage: $(VENV)/.dev registry ## The test suite with branch coverage: decisions that no test looks at
	$(BIN)/pytest -q -n $(WORKERS) --cov --cov-branch --cov-report=term-missing:skip-covered

wheel-test: $(VENV)/.dev registry ## The commands, the main job and the story once more, on the built wheel
	scripts/wheel-test $(BIN)/python

corpus: $(VENV)/.dev ## Tests over the ImageStreams that people keep: make corpus CORPUS_DIR=FOLDER
	@test -f "$(CORPUS_DIR)/INDEX.tsv" || \
	  { echo "error: '$(CORPUS_DIR)' has no INDEX.tsv. Name the folder: make corpus CORPUS_DIR=FOLDER" >&2; exit 1; }
	CORPUS_DIR="$(abspath $(CORPUS_DIR))" $(BIN)/pytest -q -n $(WORKERS) -m corpus

deploy-test: $(VENV)/.dev ## Check deploy/ with promtool and systemd-analyze; fails where they are not installed
	$(BIN)/pytest -q -m "promtool or systemd" tests/deploy

deployers: $(VENV)/.dev ## Have kustomize, helm and kubectl read what passes wrote; installs them where they are missing
	scripts/find-deployers .cache/deployers
	$(BIN)/pytest -q -n $(WORKERS) -m deployers tests/compat

image-test: $(VENV)/.dev registry ## Build the image with podman or docker and drive it through a push
	scripts/image-test $(BIN)/python

registry: ## Find or install a real registry and skopeo
	@scripts/find-registry

bench: $(VENV)/.dev registry ## Measure a pass over 1,000 and 10,000 tags, and a push until its commit
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.push

story: $(VENV)/.dev ## Write docs/rollback.md from a real run of the demo
	scripts/write-story $(BIN)/imagestream

reference: $(VENV)/.dev ## Write docs/reference.md from the program
	$(BIN)/python -m tests.kit.reference > docs/reference.md

soak: $(VENV)/.dev registry ## The long runs; docs/reliability.md has the variables that say how long
	$(BIN)/pytest -q -m soak --timeout 3600
	$(if $(CORPUS_DIR),CORPUS_DIR="$(abspath $(CORPUS_DIR))" $(BIN)/pytest -q -m "soak and corpus" --timeout 3600)

fuzz: $(VENV)/.fuzz ## Feed every parser of foreign bytes with atheris; fails where it cannot be installed
	$(BIN)/pytest -q -m fuzz tests/fuzz

format: $(VENV)/.dev ## Format and fix
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

$(VENV)/.runtime: pyproject.toml constraints.txt scripts/make-venv
	scripts/make-venv "$(PYTHON)" "$(VENV)" runtime
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt scripts/make-venv
	scripts/make-venv "$(PYTHON)" "$(VENV)" dev
	@touch $@

$(VENV)/.fuzz: $(VENV)/.dev
	scripts/make-venv "$(PYTHON)" "$(VENV)" fuzz
	@touch $@

clean: ## Remove everything that was made here
	rm -rf $(VENV) build dist .cache .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
