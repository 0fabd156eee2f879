# Gantry: `make run` shows it, `make test` proves it. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test test-system faults scale lint format docs screenshots references forecasts lock clean

VENV := .venv
BIN := $(VENV)/bin

# Nothing phones home: the same switches as lake/settings.py, for tools that start before it does.
export DAGSTER_DISABLE_TELEMETRY := yes
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export RUNTIME__DLTHUB_TELEMETRY := false
export RUNTIME__LOG_LEVEL := ERROR
export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false

# make run COMPANY=… DATA=… LAKE=… DATE=…
PLACE = $(if $(COMPANY),--company "$(COMPANY)") $(if $(DATA),--data "$(DATA)") $(if $(LAKE),--lake "$(LAKE)")
WHEN = $(if $(DATE),--date "$(DATE)")

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "%-12s %s\n", $$1, $$2 }'

setup: ## .venv from the hashed lock; PYTHON=… chooses the interpreter
	@bash tools/setup.sh

run: setup ## the made-up company on its running systems: a night, the cockpit, the Dagster UI (or COMPANY=… DATA=… LAKE=… DATE=…)
	@bash tools/run.sh "$(BIN)" $(WHEN) -- $(PLACE)

test-system: ## Chromium, Mosquitto, PostgreSQL, Chinese fonts, where apt may
	@bash tools/install_test_system.sh

test: setup test-system lint ## lint and all tests but the long ones; ARGS=… goes to pytest
	$(BIN)/pytest -m "not faults and not scale and not screenshots" --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

faults: setup test-system ## the nights broken on purpose
	$(BIN)/pytest tests/faults $(ARGS)

scale: setup ## the made-up company at its full size, reconciled row by row
	$(BIN)/pytest -m scale $(ARGS)

lint: setup ## style, form, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint dbt_project/models --processes 2

format: setup ## put code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## models, columns, SQL and lineage as one page that works offline (COMPANY=… LAKE=…)
	@$(BIN)/gantry docs $(if $(COMPANY),--company "$(COMPANY)") $(if $(LAKE),--lake "$(LAKE)")

screenshots: setup test-system ## the pictures in docs/images, from a real cockpit; every page in every look
	$(BIN)/python tools/screenshots.py
	$(BIN)/pytest -m screenshots

references: setup test-system ## the pictures that pages are held against in tests/acceptance/cockpit/references
	$(BIN)/pytest tests/acceptance/cockpit/test_references.py -k looks --renew-references

forecasts: setup ## docs/forecasts.md: every back-test on the public data sets (an hour; ONLY=… runs some)
	$(BIN)/python tools/forecasts.py $(if $(ONLY),--only "$(ONLY)")

lock: setup ## requirements.lock from pyproject.toml; UPGRADE=1 takes newer versions
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev \
		$(if $(UPGRADE),--upgrade) --quiet pyproject.toml -o requirements.lock

clean: ## caches, test output and .venv; lakes stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache test-output gantry.egg-info \
		dbt_project/target dbt_project/logs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
