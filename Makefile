# What a user or a developer calls. Needs make and Python 3.11 to 3.13; all else is installed into $(VENV).

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
# Asked in turn, so that an old python3 does not hide a newer one; PYTHON=... names one.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
# Without compiling everything ahead the first start is twice as fast; -qq still shows errors.
PIP := $(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test test-clients test-scenarios test-systemd test-compiled lint format docs site docs-check mutants prove bench

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' Makefile | awk '{ printf "  make %-14s", $$2; $$1 = $$2 = ""; print }'

run: $(VENV)/.installed ## trade a session on paper; ARGS="--speed 200" is passed on
	@$(BIN)/lottogrid run $(ARGS)

test: $(VENV)/.installed-dev ## run the tests; ARGS="-k smile" is passed on
	@$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(VENV)/.installed-dev ## check style, format, types, layers and the generated pages
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "expected formatted code; run make format" >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(MAKE) --no-print-directory docs-check

format: $(VENV)/.installed-dev ## format the code, and repair what can be repaired
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

docs: $(VENV)/.installed-dev ## write the pages that are made from the code
	@$(BIN)/python -m machines.document
	@$(BIN)/python -m lottogrid.cli.docs

site: $(VENV)/.installed-dev ## build the documentation as a site into build/site; a dead link fails
	@# Without --quiet: with it mkdocs does not count the warnings that --strict is about.
	@$(BIN)/python -m mkdocs build --strict

docs-check: $(VENV)/.installed-dev ## check that those pages are up to date
	@$(BIN)/python -m machines.document --check
	@$(BIN)/python -m lottogrid.cli.docs --check

test-clients: $(VENV)/.installed-dev ## check the gateway with four unmodified clients, each in an environment of its own
	@$(BIN)/python -m tests.clients.run

test-scenarios: $(VENV)/.installed-dev ## run the bot through the gateway, everything that can go wrong there, and faults of every actor
	@# They wait for their clocks most of the time: twice as many as there are cores is no load.
	@$(BIN)/python -m pytest -n 4 -m scenario tests/scenarios tests/faults_on_threads $(ARGS)

test-systemd: $(VENV)/.installed-dev ## run the service under a real systemd, in namespaces; needs root; some minutes
	@$(BIN)/python -m pytest -n 2 -m systemd -rs tests/systemd $(ARGS)

test-compiled: ## test the backtest with its loops compiled by numba, in an environment of its own
	@$(MAKE) --no-print-directory VENV=.venv-compiled .venv-compiled/.installed-compiled
	@.venv-compiled/bin/python -m pytest -n auto tests/backtest/test_kernels.py tests/backtest/test_dearness.py tests/backtest/test_equal.py $(ARGS)

mutants: $(VENV)/.installed-dev ## plant faults in our own rules, one by one: the simulator must catch each
	@$(BIN)/python -m tests.mutants.run $(ARGS)

prove: $(VENV)/.installed-dev ## simulate ten seeds of 1,000 days in hell on all cores; goes on where it was stopped
	@$(BIN)/python -m tests.simulation.prove $(ARGS)

bench: $(VENV)/.installed-dev ## run the benchmarks, some minutes
	@for each in benchmarks/*.py; do echo "== $$each"; $(BIN)/python $$each $(ARGS) || exit 1; done

bench-peers: $(VENV)/.installed-dev ## compare the backtest with its peers, each in an environment of its own, a few minutes
	@$(BIN)/python -m benchmarks.peers.run $(ARGS)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing lottogrid into $(VENV): once, less than a minute."
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing lottogrid and its development tools into $(VENV): once, about a minute."
	@$(PIP) -e '.[dev]'
	@# Compiled here, because pytest would take a warning about somebody else's source for an error.
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@touch $(VENV)/.installed $@

$(VENV)/.installed-compiled: $(VENV)/.installed-dev
	@$(PIP) -e '.[fast]'
	@touch $@

$(BIN)/python:
	@found=; for python in $(PYTHONS); do \
	  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || continue; \
	  found=$$python; \
	  $$python -c 'import ensurepip, venv' 2>/dev/null && exec $$python -m venv $(VENV); \
	done; \
	if [ -n "$$found" ]; then \
	  echo "expected a Python that makes virtual environments, found $$found without the venv module;" \
	    "install it (Debian and Ubuntu: apt-get install python3-venv) and run make again" >&2; \
	else \
	  echo "expected Python 3.11, 3.12 or 3.13, found none of: $(PYTHONS);" \
	    "install one, or name it with PYTHON=/path/to/python3" >&2; \
	fi; exit 1
