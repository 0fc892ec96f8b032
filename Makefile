PYTHON ?= python3
PY     := .venv/bin/python
SETUP  := @$(PYTHON) -m stack.setup
PYTEST := $(PY) -m pytest
TYPED  := services servicekit stack deploy tests bench
LOCK   := .venv/bin/uv pip compile --quiet --no-annotate --no-header --python-version 3.11 --universal pyproject.toml
# Node from the wheel is in .venv/bin if the machine had no suitable Node.
NODE   := PATH="$(CURDIR)/.venv/bin:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help setup run test test-lane-1 test-lane-2 test-browser test-load test-real test-real-adapters test-real-journeys test-deploy test-alerts test-cluster smoke lint format protos web bench profile fuzz soak clean-data lock docs gallery lighthouse baseline

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## install everything that running and testing need (other targets install what they need themselves)
	$(SETUP)

run: ## start Parley with demo people; PARLEY_HTTP_PORT=8080
	$(SETUP) web
	@exec $(PY) -m stack

test: ## unit, contract, adapter, journey and web tests, and the browser tests of the main paths; T=path runs one file, folder or file::test
	$(SETUP) web chromium
ifdef T
ifneq (,$(filter web/%,$(T)))
	$(NODE) npm --prefix web test -- $(T:web/%=%)
else
	$(PYTEST) $(T) $(if $(filter tests/e2e%,$(T)),-p no:asyncio)
endif
else
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-lane-1 test-lane-2
endif

FRAMES = tests/journeys/test_made_up_frames.py
# Two parallel lanes that take about the same time.
test-lane-1:
	$(PYTEST) tests/unit tests/contract
	$(PYTEST) tests/journeys -m "not stops_services" --ignore=$(FRAMES)

test-lane-2:
	$(PYTEST) $(FRAMES)
	$(NODE) npm --prefix web test
	$(PYTEST) -n 2 tests/adapters
	$(PYTEST) tests/e2e -m main_path -p no:asyncio

test-browser: ## all browser tests: each control of both apps, each screen, notifications
	$(SETUP) web chromium
	$(PYTEST) tests/e2e -p no:asyncio

test-load: ## what needs the machine for itself, on the embedded engines: stops, kills under load, floods, thousands of deadlines
	$(SETUP) web
	$(PYTEST) tests/journeys -m stops_services
	$(PYTEST) tests/chaos

test-real: ## adapters, journeys and load on Apache Kafka and the second store (needs Java and Maven; as root they are installed)
	$(SETUP) web java
ifdef T
	PARLEY_TEST_ENGINES=real $(PYTEST) $(T)
else
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-real-adapters test-real-journeys
	PARLEY_TEST_ENGINES=real $(PYTEST) tests/chaos
endif

FRAMES = tests/journeys/test_made_up_frames.py
# Two parallel lanes, each with engines of its own.
test-real-adapters:
	PARLEY_TEST_ENGINES=real $(PYTEST) tests/adapters

test-real-journeys:
	PARLEY_TEST_ENGINES=real $(PYTEST) tests/journeys

test-deploy: ## the chart, its alerts and dashboards, and what goes into the image, without a cluster
	$(SETUP) deploy
	$(PYTEST) $(or $(T),tests/deploy)

test-alerts: ## each alert in its fault: Prometheus with the chart's rules, thirty times quicker, on services that are broken one after the other
	$(SETUP) deploy
	$(PYTEST) tests/alerts

test-cluster: ## the chart on a Kubernetes node: install, upgrade, failures, scaling (needs root and Go; the first time takes minutes more)
	$(SETUP) web chromium java deploy
	$(PY) -m tests.cluster $(T)

smoke: ## start `make run`, run a chat over HTTP, stop it
	$(SETUP) web
	$(PYTEST) tests/smoke

lint: ## style, types, imports, protos, lengths, JavaScript at start
	$(SETUP) web
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(TYPED)
	.venv/bin/lint-imports
	.venv/bin/buf lint protos
	.venv/bin/buf breaking protos --against protos/baseline.binpb
	$(NODE) npm --prefix web run typecheck
	$(PY) -m stack.start_size
	@git ls-files '*.py' '*.ts' '*.tsx' '*.css' | xargs wc -l | awk '$$1 > 280 && $$2 != "total" {print "longer than 280 lines:", $$0; bad = 1} END {exit bad}'

format: ## format the Python files with ruff
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

protos: ## generate code from the protos: Python in parley/, TypeScript in web/wire/gen/
	$(SETUP) protos

web: ## build the browser apps into web/dist
	$(SETUP) web

bench: ## measure messages per second, delay and CPU, a room, connections at rest, alerts and presence
	$(SETUP) web
	$(PY) -m bench

gallery: ## take screenshots of each screen for docs/screens, in light and dark and three widths; N=name takes one screen
	$(SETUP) web chromium
	$(PY) -m tests.gallery $(N)

lighthouse: ## Lighthouse on both apps: 100 for accessibility and best practices on each page
	$(SETUP) web chromium
	$(PY) -m tests.lighthouse

profile: ## write flame graphs of the services under load to .parley/profile
	$(SETUP) web
	$(PY) -m bench --profile

fuzz: ## run the property-based tests with many more examples
	$(SETUP) web
	$(PYTEST) tests/unit tests/contract tests/adapters/gateway/test_made_up_input.py tests/adapters/gateway/test_frame_fuzz.py tests/journeys/test_made_up_calls.py tests/journeys/test_made_up_frames.py --hypothesis-profile=long --timeout=3600

soak: ## run journeys and chaos with many more examples
	$(SETUP) web
	$(PYTEST) tests/journeys tests/chaos --hypothesis-profile=long --timeout=7200

clean-data: ## delete the data of `make run`: store, keys, logs
	rm -rf .parley/store .parley/kafka .parley/keys .parley/logs

lock: ## write requirements.lock from pyproject.toml, and which of its packages the images have
	$(LOCK) --generate-hashes --all-extras -o requirements.lock
	$(LOCK) --constraints requirements.lock --extra jobs -o deploy/docker/services.txt
	$(LOCK) --constraints requirements.lock --extra jobs --extra trial -o deploy/docker/trial.txt

docs: ## write docs/settings.md from the services' settings, and docs/openapi.json from the gateway's routes and the protos
	$(SETUP) protos
	$(PY) -m stack.settings_doc
	$(PY) -m stack.openapi_doc

baseline: ## make the current protos the baseline of `buf breaking`, and the fields of stored documents that of tests/contract
	.venv/bin/buf build protos -o protos/baseline.binpb
	$(PY) -m tests.contract.stored_fields
