# Two commands are enough: `make serve` and `make test`. Both prepare everything they need.
.DEFAULT_GOAL := help
.PHONY: help serve test check gen bench soak lock venv clean
SHELL := /bin/bash

BIN := .venv/bin
# grpcurl and buf, where .ci/run has installed them.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.tools/node_modules/.bin:$(PATH)
export GRPC_ENABLE_FORK_SUPPORT := 0

help: ## show the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

serve: .venv/ready ## run the server with embedded Postgres and Valkey; ARGS="--help" for options
	@$(BIN)/renown serve --dev $(ARGS)

test: .venv/ready ## run the whole suite, in two processes; ARGS="-k name" to choose, in one
	@$(BIN)/python -m pytest $(or $(ARGS),-n 2)

check: .venv/ready ## everything CI checks without running the server
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.gen_protos --check
	$(BIN)/python -m tools.buf_check

gen: .venv/ready ## regenerate the stubs of protos/ in the SDK
	@$(BIN)/python -m tools.gen_protos

bench: .venv/ready ## measure the server beside what it must be faster than
	@$(BIN)/python -m tests.bench $(ARGS)

soak: .venv/ready ## the long tests: minutes of killed processes
	@$(BIN)/python -m pytest -m soak --timeout=3600 $(ARGS)

lock: .venv/ready ## resolve requirements/*.txt again (needs Python 3.11)
	@$(BIN)/python -m tools.lock

venv: .venv/ready ## only make .venv

# A venv names its own folder, so a copied or moved checkout makes its own.
MOVED := $(shell [ "$$(cat .venv/ready 2>/dev/null)" = "$(CURDIR)" ] || echo moved)
.PHONY: moved
.venv/ready: requirements/dev.txt pyproject.toml client_sdk/pyproject.toml tools/make_venv.sh $(MOVED)
	@tools/make_venv.sh
	@echo "$(CURDIR)" > $@

clean: ## remove what was made, except the data of `make serve`
	rm -rf .venv .tools build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
