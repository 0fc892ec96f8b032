PYTHON ?= python3
PY     := .venv/bin/python
SETUP  := @$(PYTHON) -m stack.setup
PYTEST := $(PY) -m pytest
TYPED  := services servicekit stack tests bench
# Node from the wheel lies in .venv/bin, if the machine had none that fits.
NODE   := PATH="$(CURDIR)/.venv/bin:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help setup run test test-parts test-wholes test-real smoke lint format protos web bench fuzz soak clean-data lock docs baseline

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## get all that running and testing need (every other target does its part of it by itself)
	$(SETUP)

run: ## start Parley with demo people; PARLEY_HTTP_PORT=8080
	$(SETUP) web
	@exec $(PY) -m stack

test: ## all tests on the embedded engines; T=path runs one file, folder or file::test
	$(SETUP) web chromium
ifdef T
ifneq (,$(filter web/%,$(T)))
	$(NODE) npm --prefix web test -- $(T:web/%=%)
else
	$(PYTEST) $(T) $(if $(filter tests/e2e%,$(T)),-p no:asyncio)
endif
else
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-parts test-wholes
	$(PYTEST) tests/chaos
endif

# Two lanes of about the same length, because most of these tests wait: for brokers, stores, deadlines. Tests that load the machine come
# after them, alone.
test-parts:
	$(NODE) npm --prefix web test
	$(PYTEST) -n 2 tests/adapters
	$(PYTEST) tests/journeys

test-wholes:
	$(PYTEST) tests/unit tests/contract
	$(PYTEST) tests/e2e -p no:asyncio

test-real: ## adapters, journeys and load on Apache Kafka and the second store (needs Java and Maven; as root they are installed)
	$(SETUP) protos java
	PARLEY_TEST_ENGINES=real $(PYTEST) $(or $(T),tests/adapters tests/journeys tests/chaos)

smoke: ## start `make run`, live the story over HTTP, stop it
	$(SETUP) web
	$(PYTEST) tests/smoke

lint: ## style, types, imports, protos, lengths
	$(SETUP) web
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(TYPED)
	.venv/bin/lint-imports
	.venv/bin/buf lint protos
	.venv/bin/buf breaking protos --against protos/baseline.binpb
	$(NODE) npm --prefix web run typecheck
	@git ls-files '*.py' '*.ts' '*.tsx' '*.css' | xargs wc -l | awk '$$1 > 280 && $$2 != "total" {print "longer than 280 lines:", $$0; bad = 1} END {exit bad}'

format: ## let ruff put the Python files in order
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

protos: ## generated code, Python into parley/ and TypeScript into web/wire/gen/
	$(SETUP) protos

web: ## the browser apps into web/dist
	$(SETUP) web

bench: ## messages a second, delay and CPU, as a table
	$(SETUP) web
	$(PY) -m bench

fuzz: ## the tests that make up their own input, with far more of it
	$(SETUP) protos
	$(PYTEST) tests/unit tests/contract tests/adapters/gateway/test_made_up_input.py tests/adapters/gateway/test_frame_fuzz.py --hypothesis-profile=long --timeout=3600

soak: ## journeys and chaos with far more seeds
	$(SETUP) protos
	$(PYTEST) tests/journeys tests/chaos --hypothesis-profile=long --timeout=7200

clean-data: ## forget what was written by `make run`: store, keys, logs
	rm -rf .parley/store .parley/kafka .parley/keys .parley/logs

lock: ## requirements.lock from pyproject.toml
	.venv/bin/uv pip compile --quiet --all-extras --generate-hashes --no-annotate --no-header --python-version 3.11 --universal pyproject.toml -o requirements.lock

docs: ## docs/settings.md as the settings describe themselves
	$(SETUP) protos
	$(PY) -m stack.settings_doc

baseline: ## accept today's protos as what `buf breaking` compares with
	.venv/bin/buf build protos -o protos/baseline.binpb
