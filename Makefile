# One surface for people and for CI. `make` alone lists what there is.

PORT ?= 8000
ARGS ?=
UV := .ci/uv
RUN := $(UV) run --quiet
# CI skips no test of a PDF; elsewhere WeasyPrint is not asked for
DEV := $(RUN) --group dev $(if $(filter true,$(CI)),--extra pdf)

.DEFAULT_GOAL := help
.PHONY: help demo test lint types bench browser ci messages format

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## start the portal with sample data: make demo PORT=8000
	@$(RUN) manage.py demo --port $(PORT)

test: ## run the tests: make test ARGS="tests/sla -x"
	@$(DEV) pytest -n 2 $(ARGS)

browser: ## only the tests that drive Chromium
	@$(DEV) pytest -m browser $(ARGS)

lint: ## style, order of imports, migrations, lock file
	@$(DEV) ruff check .
	@$(DEV) ruff format --check .
	@$(UV) lock --check --quiet
	@$(RUN) manage.py makemigrations --check --dry-run

format: ## put the code into its form
	@$(DEV) ruff check --fix .
	@$(DEV) ruff format .

types: ## check the types
	@$(DEV) mypy

bench: ## measure business time beside other engines; with DATABASE_URL also intake, list and sweep
	@$(DEV) --group bench python -m tests.load.bench_business_time
	@test -z "$$DATABASE_URL" || $(DEV) python -m tests.load.bench_tickets $(ARGS)

messages: ## collect the texts for translators and compile the catalogues (needs gettext)
	@$(RUN) manage.py makemessages -l es -l en --no-obsolete --no-location --no-wrap -i tests -i static -i var
	@msgen --no-wrap -o locale/en/LC_MESSAGES/django.po locale/en/LC_MESSAGES/django.po
	@$(RUN) manage.py compilemessages --ignore '.*'

ci: ## everything that must pass before a change goes in
	@.ci/run
