# All tools are installed in this folder: .venv (Python environment) and .tools (uv, if it is not installed).
# ARGS are arguments of the command: make demo ARGS="--csv FILE --symbol PETR4.SA --once"

SHELL := /bin/sh
# The first interpreter of version 3.11 or 3.12; PYTHON=... overrides it.
PYTHON ?= $(shell for python in python3.11 python3.12 python3; do \
  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && \
  { command -v $$python; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
export UV_PYTHON_DOWNLOADS := never
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types imports locks pytest unit table lock images image images-check clean python-found

help: ## Show this list of targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.local ## Collect prices, train, evaluate, serve and request a forecast on this machine
	@$(BIN)/nextclose demo $(ARGS)

test: check pytest ## Run all checks and tests that do not need a cluster: format, lint, types, import contracts, lock files, site, tests

check: format lint types imports locks

format: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

# Fails if the lock files differ from pyproject.toml; run `make lock` to update them.
locks: | $(UV)
	@UV=$(UV) requirements/compile.sh --check

# All tests of a file run on the same worker, because they share servers and trained versions.
pytest: $(VENV)/.dev
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(ARGS)

unit: $(VENV)/.dev ## Run the unit tests only; select others with make pytest ARGS="tests/serving -k unix"
	$(BIN)/pytest tests/unit --numprocesses 2 --dist loadfile $(ARGS)

CSV ?=
SYMBOL ?= PETR4.SA
table: $(VENV)/.local ## Recompute the evaluation table of the README: make table CSV=FILE SYMBOL=PETR4.SA
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cd "$$folder" && \
	  nextclose="$(abspath $(BIN)/nextclose)" && \
	  "$$nextclose" collect --symbol "$(SYMBOL)" --csv "$(abspath $(CSV))" && \
	  "$$nextclose" train --symbol "$(SYMBOL)" && "$$nextclose" evaluate --markdown

# IMAGES= (empty) skips the images.
IMAGES ?= images
.PHONY: release
release: $(VENV)/.dev $(IMAGES) ## Write wheel, chart, SBOMs, release notes and checksums to dist/ and build the images; does not upload anything
	@.ci/release dist $(BIN) $(UV)

.PHONY: notebook
notebook: $(VENV)/.dev ## Generate notebooks/walkthrough.ipynb from its .py, without outputs, and run it
	$(BIN)/python -m tests.notebooks.notebook_source
	$(BIN)/python -m tests.notebooks.notebook_run

.PHONY: screenshots
screenshots: $(VENV)/.dev ## Update the screenshots of the dashboard in docs/images; requires Chromium and chromedriver
	$(BIN)/python -m tests.dashboard.screenshots $(ARGS)

.PHONY: paint
paint: $(VENV)/.dev ## Measure the time until a browser shows the forecast and update docs/dashboard.md; requires Chromium and chromedriver
	$(BIN)/python -m tests.dashboard.load_time $(ARGS)

.PHONY: bench cost attacks fuzz
bench: $(VENV)/.dev ## Benchmark against other model servers and update docs/benchmark.md and the README's table
	$(BIN)/python -m benchmarks $(ARGS)

attacks: $(VENV)/.dev ## Measure how hostile clients affect a normal one and update docs/hostile-clients.md
	$(BIN)/python -m benchmarks.attacks $(ARGS)

fuzz: $(VENV)/.dev ## Send 10,000 malformed HTTP and 5,000 malformed gRPC requests; ARGS="--seed N" repeats a run
	$(BIN)/python -m tests.fuzz $(ARGS)

cost: $(VENV)/.dev ## Measure time and memory of requests, start and training at increasing load and update docs/cost.md
	$(BIN)/python -m benchmarks.cost $(ARGS)

lock: | $(UV) ## Generate requirements/*.txt from pyproject.toml
	UV=$(UV) requirements/compile.sh

# The first installed builder; BUILDER="COMMAND ..." overrides it with a command that accepts the arguments of `docker build`.
BUILDS := $(firstword $(foreach program,docker podman buildah,$(if $(shell command -v $(program)),$(program))) none)
BUILDER ?= $(BUILDS) build
PUSH ?= $(firstword $(BUILDER)) push
# Command that loads an image into a cluster without a registry: LOAD="kind load docker-image".
LOAD ?=
BASE ?= docker.io/library/python:3.11-slim-bookworm
SOURCE ?=
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' model/__init__.py)
IMAGES := predictor transformer jobs dashboard
REGISTRY ?= docker.io
images: ## Build REGISTRY/nextclose/{predictor,transformer,jobs,dashboard}:VERSION; PUSH_IMAGE=true pushes; BASE=... sets the base image, e.g. by digest
	@for name in $(IMAGES); do \
	  $(MAKE) --no-print-directory image TARGET="$$name" IMAGE="$(REGISTRY)/nextclose/$$name:$(VERSION)" || exit 1; \
	done

# Skaffold's custom builder passes IMAGE and PUSH_IMAGE in the environment.
TARGET ?=
IMAGE ?=
PUSH_IMAGE ?= false
image: ## Build one image: TARGET=jobs IMAGE=NAME:TAG; PUSH_IMAGE=true pushes; LOAD="kind load docker-image" loads it into a cluster
	@test "$(BUILDER)" != "none build" || { echo "error: docker, podman or buildah is needed; set BUILDER=... for another builder" >&2; exit 1; }
	@test -n "$(TARGET)" && test -n "$(IMAGE)" || { echo "error: expected TARGET=jobs IMAGE=NAME:TAG" >&2; exit 1; }
	@echo "building $(IMAGE)"
	@$(BUILDER) $(if $(filter buildah,$(BUILDER)),--layers) \
	  --build-arg BASE="$(BASE)" --build-arg VERSION="$(VERSION)" --build-arg SOURCE="$(SOURCE)" \
	  --build-arg REVISION="$(REVISION)" --tag "$(IMAGE)" --target "$(TARGET)" .
	@test "$(PUSH_IMAGE)" != true || $(PUSH) "$(IMAGE)"
	@test -z "$(LOAD)" || $(LOAD) "$(IMAGE)"

# LISTER="COMMAND ..." overrides the command that lists images; it must accept the arguments of `docker images`.
LISTER ?= $(BUILDS) images
images-check: | python-found ## Print the sizes of the built images; fails if one exceeds its limit
	@test "$(LISTER)" != "none images" || { echo "error: docker, podman or buildah is needed; set LISTER=... for another command" >&2; exit 1; }
	@$(PYTHON) -m tests.packaging.image_sizes "$(VERSION)" $(LISTER)

clean: ## Remove environment, tools and caches; keeps prices and versions in data/
	rm -rf $(VENV) .benchmark-peers .tools site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

python-found:
	@test -n "$(PYTHON)" || { echo "error: expected Python 3.11 or 3.12, found neither; set PYTHON=/path/to/python" >&2; exit 1; }

# Some distributions ship Python without pip; then use the pip of a virtual environment.
.tools/bin/uv: | python-found
	@echo "installing uv into .tools"
	@rm -rf .tools/uv  # left over from an attempt that failed, e.g. without network
	@$(PYTHON) -m pip install --quiet --require-hashes --target .tools/uv -r requirements/uv.txt 2>/dev/null || \
	  { $(PYTHON) -m venv .tools/uv && .tools/uv/bin/python -m pip install --quiet --require-hashes -r requirements/uv.txt; }
	@mkdir -p .tools/bin && ln -sf ../uv/bin/uv $@

$(BIN)/python: | python-found $(UV)
	@$(UV) venv --quiet --python "$(PYTHON)" --allow-existing $(VENV)

$(VENV)/.local: requirements/local.txt pyproject.toml | $(BIN)/python
	@test $(VENV)/.dev -nt requirements/dev.txt || { echo "installing the environment into $(VENV)"; \
	  $(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/local.txt && \
	  $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . ; }
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "installing the environment with its tools into $(VENV)"
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# --- a cluster ---------------------------------------------------------------------------------------------------------

# The tests run on the cluster of the current kubeconfig, in new namespaces. The cluster must have the images or be able to pull
# them; NEXTCLOSE_E2E_REGISTRY and NEXTCLOSE_E2E_TAG override registry and tag of the chart.
.PHONY: e2e e2e-full
e2e: $(VENV)/.dev ## Run the short tests on the cluster of the kubeconfig; ARGS=--disposable adds tests that drain nodes and stop pods
	NEXTCLOSE_E2E=1 $(BIN)/pytest tests/e2e -v --durations=15 $(ARGS)

e2e-full: $(VENV)/.dev ## Run all tests on the cluster of the kubeconfig, including tests that drain nodes and stop pods
	NEXTCLOSE_E2E=1 $(BIN)/pytest tests/e2e -v --durations=15 --full --disposable $(ARGS)

# --- the chart ---------------------------------------------------------------------------------------------------------

CHART := charts/nextclose
HELM_DOCS ?= helm-docs
.PHONY: chart golden dashboards chart-schemas
chart: golden ## Generate the chart's README and golden renders, then run its tests
	$(BIN)/pytest tests/chart $(ARGS)

golden: $(VENV)/.dev
	sed -E "s/^(version|appVersion): .*/\1: $(VERSION)/" $(CHART)/Chart.yaml > $(CHART)/Chart.yaml.new && mv $(CHART)/Chart.yaml.new $(CHART)/Chart.yaml
	$(HELM_DOCS) --chart-search-root $(CHART)
	$(BIN)/python -m tests.chart.golden_files

dashboards: $(VENV)/.dev ## Generate the Grafana dashboards of the chart from tools/grafana
	$(BIN)/python -m tools.grafana

.PHONY: dashboards-plots
dashboards-plots: $(VENV)/.dev ## Plot the queries of the dashboards on the data of a load test; requires prometheus and helm
	@$(BIN)/python -m benchmarks.dashboards $(ARGS)

# NO_MKDOCS_2_WARNING silences a message of the theme about MkDocs 2, which does not concern this site.
.PHONY: docs reference
docs: $(VENV)/.dev ## Build the site into site/; fails on broken links and on pages missing in the navigation
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet $(ARGS)

reference: $(VENV)/.dev ## Generate docs/reference from the code
	@$(BIN)/python -m tools.reference

.PHONY: manifests
manifests: $(VENV)/.dev ## Generate manifests/ from the chart
	@$(BIN)/python -m tests.manifests.generated_manifests

# Generate tests/chart/schemas from a cluster with KServe and prometheus-operator; CRDS is a folder with their definitions.
CRDS ?=
chart-schemas: $(VENV)/.dev
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && kubectl get --raw /openapi/v2 > "$$folder/openapi.json" && \
	  $(BIN)/python tests/chart/crd_schemas.py "$$folder/openapi.json" "$(CRDS)"
