# What each target does stands behind its `##`; `make` alone prints it.

PYTHON ?= python3
ARGS ?=
SEED ?= 1
MINUTES ?=

BIN := .venv/bin
STACK := $(BIN)/python -m deploy.local.stack

.PHONY: help run stop status cli test measure bench simulate faults breaks check format pictures clean ready

help: ## Explain the targets
	@echo 'Countersign. Python 3.11 or later is all that is needed; the targets fetch the rest.'
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ready ## Start everything on this machine until Ctrl-C (ARGS=--detach: in the background; ARGS="--ports auto": on free ports)
	@$(STACK) up $(ARGS)

stop: ready ## Stop what `make run ARGS=--detach` started
	@$(STACK) stop $(ARGS)

status: ready ## Tell what is running and where
	@$(STACK) status $(ARGS)

cli: ready ## Run an operator command against the running stack, as in: make cli ARGS="explain REQUEST"
	@$(BIN)/countersign --env-file .local/settings.env $(ARGS)

test: ready ## Run every test, browser included (ARGS goes to pytest)
	@CHROMIUM="$$($(BIN)/python -m deploy.local.browser)" && export CHROMIUM && $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

measure: ready ## Measure a fresh stack on its own ports: time to ready, and Submit to the official's mail
	@$(BIN)/python -m deploy.local.measure $(ARGS)

bench: ready ## Measure what the figures promise, with a PostgreSQL of its own; build/bench.json (ARGS="--size 1000": smaller)
	@$(BIN)/python -m deploy.bench $(ARGS)

simulate: ready ## Let sixty days pass with a moved clock and compare each mail with what was foretold (SEED=n: other days)
	@$(BIN)/python -m deploy.simulation --seed $(SEED) $(ARGS)

faults: ready ## Prove under load and faults that nothing is lost (SEED=n repeats a run, MINUTES=m makes it longer)
	@$(BIN)/python -m deploy.faults --seed $(SEED) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

breaks: ready ## Break the code on purpose, one place after the other, and show that the proof catches each
	@$(BIN)/python -m deploy.faults.breaks $(ARGS)

check: ready ## Lint, check the format, the types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

format: ready ## Put the code into the common format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: ready ## Take the README's pictures from the running stack
	@$(BIN)/python -m deploy.local.pictures $(ARGS)

clean: ## Remove what the other targets made, the local data in .local included
	-@if [ -x $(BIN)/python ]; then $(STACK) stop; fi
	rm -rf .venv .local node_modules build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready:
	@$(PYTHON) deploy/local/bootstrap.py
