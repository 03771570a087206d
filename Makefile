# `make run` and `make test` need python3 (3.11 or newer), make and git; the rest is fetched by name and checked by hash.
# Each step leaves a stamp, and is skipped until what it depends on changes.

PY ?= python3
PYTEST_ARGS ?=
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Dozens of processes load the same modules: each would compile all of them.
unexport PYTHONDONTWRITEBYTECODE

INSTALL := VIRTUAL_ENV=$(CURDIR)/.venv .venv/bin/uv pip install -q --require-hashes -r
OFFLINE := { printf '\n%s\n' "Packages could not be fetched: check the network (behind a proxy or a private certificate authority: HTTPS_PROXY, SSL_CERT_FILE and NODE_EXTRA_CA_CERTS), then run make again." >&2; exit 1; }
NPM_CI := npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -name tests -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run demo test lint bench soak fuzz reset lock

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.run web/dist/.built ## Fetch and build everything, start nothing

run: setup ## Start the product; Ctrl-C ends it. Settings: deploy/env.example
	@exec .venv/bin/python -m deploy.standalone

demo: setup ## The product with demo accounts and a stream that is really published
	@exec .venv/bin/python -m deploy.demo

test: .venv/.dev web/dist/.built tests/interop/node_modules/.installed .cache/chromium/.found ## All tests but the long ones
	@.venv/bin/python -m pytest -n auto $(PYTEST_ARGS)
	@cd web && npm test --silent

lint: .venv/.dev web/node_modules/.installed ## Style and types, Python and TypeScript
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@cd web && npm run --silent lint && npm run --silent typecheck

bench: .venv/.dev web/dist/.built .cache/chromium/.found .cache/peers/librosa/.installed ## Figures of media server and DJ engine, beside their peers where those are installed
	@export PLAYWRIGHT_NODEJS_PATH=$$(.venv/bin/python -c 'from tests.support.node import node_path; print(node_path())'); \
	    .venv/bin/python -m tests.benchmarks && .venv/bin/python -m tests.benchmarks.ingest
	@.venv/bin/python -m tests.benchmarks.dj

soak: .venv/.dev web/dist/.built tests/interop/node_modules/.installed .cache/chromium/.found ## The tests that take long
	@.venv/bin/python -m pytest -m soak --timeout 0 $(PYTEST_ARGS)

fuzz: .venv/.dev .cache/fuzz/.installed ## Every parser of network input, FUZZ_S seconds each (60); finds are in build/fuzz
	@PYTHONPATH=.cache/fuzz .venv/bin/python -m tests.fuzz

reset: .venv/.run ## Remove all data of the product, after asking
	@exec .venv/bin/python -m deploy.standalone.reset

lock: .venv/.dev ## Pin the newest versions that pyproject.toml allows
	@for lock in ".:requirements.lock" "--group dev:requirements-dev.lock"; do \
	    options=$${lock%%:*}; [ "$$options" = . ] && options=; \
	    .venv/bin/uv pip compile -q --upgrade --universal --generate-hashes --python-version 3.11 \
	        pyproject.toml $$options -o $${lock##*:} || exit 1; \
	done
	@cd deploy/setup && for name in installer node; do \
	    ../../.venv/bin/uv pip compile -q --upgrade --universal --generate-hashes --no-header --python-version 3.11 \
	        $$name.in -o $$name.lock || exit 1; \
	done
	@cd web && npm update --package-lock-only --no-audit --no-fund --omit-lockfile-registry-resolved

.venv/.made: deploy/setup/installer.lock
	@sh deploy/setup/python.sh $(PY)
	@touch $@

.venv/.run: requirements.lock pyproject.toml .venv/.made
	@echo "  • Installing Python packages"
	@$(INSTALL) requirements.lock || $(OFFLINE)
	@VIRTUAL_ENV=$(CURDIR)/.venv .venv/bin/uv pip install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.run
	@echo "  • Installing packages for tests"
	@$(INSTALL) requirements-dev.lock || $(OFFLINE)
	@touch $@

.venv/.node: deploy/setup/node.lock | .venv/.made
	@sh deploy/setup/node.sh
	@touch $@

web/node_modules/.installed: web/package-lock.json .venv/.node
	@echo "  • Installing packages of the web app"
	@cd web && $(NPM_CI) || $(OFFLINE)
	@touch $@

web/dist/.built: $(WEB_SOURCES) web/node_modules/.installed
	@echo "  • Building the web app"
	@cd web && npm run --silent build -- --logLevel warn || \
	    { printf '\n%s\n' "The web app could not be built: the lines above say why." >&2; exit 1; }
	@touch $@

tests/interop/node_modules/.installed: tests/interop/package-lock.json .venv/.node
	@cd tests/interop && $(NPM_CI) || $(OFFLINE)
	@touch $@

.cache/peers/librosa/.installed: tests/benchmarks/peers/librosa.lock | .venv/.made
	@echo "  • Installing librosa to compare with"
	@.venv/bin/uv venv -q --allow-existing $(@D)
	@VIRTUAL_ENV=$(CURDIR)/$(@D) .venv/bin/uv pip install -q --require-hashes -r $< || $(OFFLINE)
	@touch $@

.cache/fuzz/.installed: tests/fuzz/fuzz.lock | .venv/.made
	@echo "  • Installing the fuzzer"
	@.venv/bin/uv pip install -q --python .venv/bin/python --target $(@D) --only-binary :all: --require-hashes -r $< || $(OFFLINE)
	@touch $@

.cache/chromium/.found:
	@mkdir -p $(@D)
	@sh deploy/setup/chromium.sh
	@touch $@
