# Everything that is set up lies in this folder: .venv (the environment), .tools (uv, where it is not installed).
# ARGS goes to the command: make demo ARGS="--csv FILE --symbol PETR4.SA --once"

SHELL := /bin/sh
# The first that is 3.11 or 3.12; PYTHON=... names another.
PYTHON ?= $(shell for python in python3.11 python3.12 python3; do \
  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && \
  { command -v $$python; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
export UV_PYTHON_DOWNLOADS := never
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types imports locks unit table lock images image images-check clean python-found

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.local ## Collect, train, evaluate, serve and ask, on this machine
	@$(BIN)/nextclose demo $(ARGS)

test: check unit ## Everything that needs no cluster: format, lint, types, import contracts, locks, the site, tests

check: format lint types imports locks

format: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

# Compiles them again beside their place; a difference is a pyproject.toml that was changed without `make lock`.
locks: | $(UV)
	@UV=$(UV) requirements/compile.sh --check

unit: $(VENV)/.dev
	$(BIN)/pytest $(ARGS)

CSV ?=
SYMBOL ?= PETR4.SA
table: $(VENV)/.local ## Measure again what the README's table shows: make table CSV=FILE SYMBOL=PETR4.SA
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cd "$$folder" && \
	  nextclose="$(abspath $(BIN)/nextclose)" && \
	  "$$nextclose" collect --symbol "$(SYMBOL)" --csv "$(abspath $(CSV))" && \
	  "$$nextclose" train --symbol "$(SYMBOL)" && "$$nextclose" evaluate --markdown

# IMAGES= leaves out the building of the images.
IMAGES ?= images
.PHONY: release
release: $(VENV)/.dev $(IMAGES) ## Write wheel, chart, bills of material, notes and checksums into dist/ and build the images; uploads nothing
	@.ci/release dist $(BIN) $(UV)

.PHONY: notebook
notebook: $(VENV)/.dev ## Write notebooks/walkthrough.ipynb from its .py, without outputs, and run it
	$(BIN)/python -m tests.notebooks.written
	$(BIN)/python -m tests.notebooks.executed

.PHONY: screenshots
screenshots: $(VENV)/.dev ## Take the pictures of the dashboard in docs/images anew; needs Chromium with its driver
	$(BIN)/python -m tests.dashboard.screenshots $(ARGS)

.PHONY: paint
paint: $(VENV)/.dev ## Measure how soon a browser shows the forecast; writes it into docs/dashboard.md; needs Chromium with its driver
	$(BIN)/python -m tests.dashboard.paint $(ARGS)

.PHONY: bench cost attacks fuzz
bench: $(VENV)/.dev ## Measure speed side by side with other model servers; writes docs/benchmark.md and the README's table
	$(BIN)/python -m benchmarks $(ARGS)

attacks: $(VENV)/.dev ## Measure what hostile clients cost a normal one; writes docs/hostile-clients.md
	$(BIN)/python -m benchmarks.attacks $(ARGS)

fuzz: $(VENV)/.dev ## Send 10,000 HTTP and 5,000 gRPC requests that nobody should send; ARGS="--seed N" repeats a run
	$(BIN)/python -m tests.fuzz $(ARGS)

cost: $(VENV)/.dev ## Measure what answers, starts and trainings cost as work grows; writes docs/cost.md
	$(BIN)/python -m benchmarks.cost $(ARGS)

lock: | $(UV) ## Write requirements/*.txt from pyproject.toml
	UV=$(UV) requirements/compile.sh

# The first that is installed; BUILDER="COMMAND ..." names another that takes the arguments of `docker build`.
BUILDS := $(firstword $(foreach program,docker podman buildah,$(if $(shell command -v $(program)),$(program))) none)
BUILDER ?= $(BUILDS) build
PUSH ?= $(firstword $(BUILDER)) push
# Hands an image to a cluster that pulls none: LOAD="kind load docker-image".
LOAD ?=
BASE ?= docker.io/library/python:3.11-slim-bookworm
SOURCE ?=
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' model/__init__.py)
IMAGE_FILES := model/serving/Dockerfile transformer/Dockerfile jobs/Dockerfile dashboard/Dockerfile
REGISTRY ?= docker.io
images: ## Build REGISTRY/nextclose/{predictor,transformer,jobs,dashboard}:VERSION; PUSH_IMAGE=true pushes; BASE=... takes a base by digest
	@for file in $(IMAGE_FILES); do \
	  name=$${file%/Dockerfile}; test "$$name" != model/serving || name=predictor; \
	  $(MAKE) --no-print-directory image FILE="$$file" IMAGE="$(REGISTRY)/nextclose/$$name:$(VERSION)" || exit 1; \
	done

# As Skaffold's custom builder wants it: IMAGE and PUSH_IMAGE come from its environment.
FILE ?=
IMAGE ?=
PUSH_IMAGE ?= false
image: ## Build one image: FILE=jobs/Dockerfile IMAGE=NAME:TAG; push it where PUSH_IMAGE=true; LOAD="kind load docker-image"
	@test "$(BUILDER)" != "none build" || { echo "error: docker, podman or buildah is needed; BUILDER=... names another" >&2; exit 1; }
	@test -n "$(FILE)" && test -n "$(IMAGE)" || { echo "error: expected FILE=jobs/Dockerfile IMAGE=NAME:TAG" >&2; exit 1; }
	@echo "building $(IMAGE)"
	@$(BUILDER) $(if $(filter buildah,$(BUILDER)),--layers) \
	  --build-arg BASE="$(BASE)" --build-arg VERSION="$(VERSION)" --build-arg SOURCE="$(SOURCE)" \
	  --build-arg REVISION="$(REVISION)" --tag "$(IMAGE)" --file "$(FILE)" .
	@test "$(PUSH_IMAGE)" != true || $(PUSH) "$(IMAGE)"
	@test -z "$(LOAD)" || $(LOAD) "$(IMAGE)"

# LISTER="COMMAND ..." names another that takes the arguments of `docker images`.
LISTER ?= $(BUILDS) images
images-check: | python-found ## Print the sizes of the built images; an error where one is over its limit
	@test "$(LISTER)" != "none images" || { echo "error: docker, podman or buildah is needed; LISTER=... names another" >&2; exit 1; }
	@$(PYTHON) -m tests.packaging.image_sizes "$(VERSION)" $(LISTER)

clean: ## Remove the environment, tools and caches; prices and versions in data/ stay
	rm -rf $(VENV) .benchmark-peers .tools site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

python-found:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or 3.12 is needed and was not found; PYTHON=/path/to/python names it" >&2; exit 1; }

# pip alone is enough; where a distribution leaves it out, venv brings its own.
.tools/bin/uv: | python-found
	@echo "installing uv into .tools"
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

# On the cluster that the current kubeconfig names, in namespaces of their own, with images that it has or can pull:
# NEXTCLOSE_E2E_REGISTRY and NEXTCLOSE_E2E_TAG name others than the chart does.
.PHONY: e2e e2e-full
e2e: $(VENV)/.dev ## Tests on the cluster of the kubeconfig, short; ARGS=--disposable adds what drains nodes and stops pods
	NEXTCLOSE_E2E=1 $(BIN)/pytest tests/e2e -v --durations=15 $(ARGS)

e2e-full: $(VENV)/.dev ## All tests on the cluster of the kubeconfig, which must be one that may be disturbed
	NEXTCLOSE_E2E=1 $(BIN)/pytest tests/e2e -v --durations=15 --full --disposable $(ARGS)

# --- the chart ---------------------------------------------------------------------------------------------------------

CHART := charts/nextclose
HELM_DOCS ?= helm-docs
.PHONY: chart golden dashboards chart-schemas
chart: golden ## Write the chart's README and golden renders anew, then lint, schemas and all of its tests
	$(BIN)/pytest tests/chart $(ARGS)

golden: $(VENV)/.dev
	sed -E "s/^(version|appVersion): .*/\1: $(VERSION)/" $(CHART)/Chart.yaml > $(CHART)/Chart.yaml.new && mv $(CHART)/Chart.yaml.new $(CHART)/Chart.yaml
	$(HELM_DOCS) --chart-search-root $(CHART)
	$(BIN)/python -m tests.chart.golden_files

dashboards: $(VENV)/.dev ## Write the Grafana dashboards of the chart from charts/grafana
	$(BIN)/python -m charts.grafana

.PHONY: dashboards-plots
dashboards-plots: $(VENV)/.dev ## Plot what the dashboards' panels ask for on the data of a load run; needs prometheus and helm
	@$(BIN)/python -m benchmarks.dashboards $(ARGS)

# Material's own advice about another tool is no warning of this site.
.PHONY: docs reference
docs: $(VENV)/.dev ## Build the site into site/; a broken link or a page without its place is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet $(ARGS)

reference: $(VENV)/.dev ## Write docs/reference anew from the code
	@$(BIN)/python -m handbook

.PHONY: manifests
manifests: $(VENV)/.dev ## Write manifests/ anew from the chart
	@$(BIN)/python -m tests.manifests.written

# From any cluster with KServe and prometheus-operator; CRDS is a folder with their definitions.
CRDS ?=
chart-schemas: $(VENV)/.dev
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && kubectl get --raw /openapi/v2 > "$$folder/openapi.json" && \
	  $(BIN)/python tests/chart/crd_schemas.py "$$folder/openapi.json" "$(CRDS)"
