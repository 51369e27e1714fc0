# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Credentials and settings of the caller must reach neither a test nor the demo: a test that talks to a real workspace could
# take away a real second factor.
unexport $(filter ROCKETCHAT_% ANSIBLE_%,$(.VARIABLES))
unexport PYTHONHOME PYTHONPATH PYTHONSTARTUP PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

TOP := $(CURDIR)
VENV := .venv
BIN := $(TOP)/$(VENV)/bin
COLLECTIONS := build/collections
LINK := $(COLLECTIONS)/ansible_collections/chatops/rocketchat
COPY := ansible_collections/chatops/rocketchat
# An empty configuration is what keeps ~/.ansible.cfg out.
RUN := env PATH="$(BIN):$$PATH" PYTHONPATH="$(TOP)/$(COLLECTIONS)" ANSIBLE_COLLECTIONS_PATH="$(TOP)/$(COLLECTIONS)" \
	ANSIBLE_CONFIG="$(TOP)/build/ansible.cfg" ANSIBLE_HOME="$(TOP)/build/ansible"
PYTEST = $(RUN) "$(BIN)/python" -m pytest -q $(PYTEST_ARGS)
REQUIREMENTS := tests/requirements
PIP = "$(BIN)/python" -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test unit contract types lint format sanity integration faults fuzz molecule bench build clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.demo $(LINK) ## See a lost second factor reset, on a Rocket.Chat that lives only as long
	@$(RUN) "$(BIN)/python" demo/run.py

test: $(VENV)/.lint ## Run every suite below, stop at the first that fails
	@MAKE="$(MAKE)" .ci/suites types unit contract lint sanity integration faults fuzz molecule

unit: $(VENV)/.test $(LINK) ## Test the parts alone
	@$(PYTEST) tests/unit

contract: $(VENV)/.test $(LINK) ## Hold the emulator against what a real server answered
	@$(PYTEST) tests/contract

types: $(VENV)/.lint $(LINK) ## Check the type annotations
	@MYPYPATH=$(COLLECTIONS) "$(BIN)/mypy" -p ansible_collections.chatops.rocketchat.plugins
	@"$(BIN)/mypy" tests/emulator

lint: $(VENV)/.lint ## Check style, changelog fragments and licences
	@"$(BIN)/ruff" check --quiet .
	@"$(BIN)/ruff" format --quiet --check . || { echo "Not formatted: 'make format' mends it." >&2; exit 1; }
	@"$(BIN)/shellcheck" $(filter-out %.py,$(wildcard .ci/*))
	@"$(BIN)/yamllint" --strict .
	@"$(BIN)/antsibull-changelog" lint
	@.ci/tree build/lint
	@cd build/lint/$(COPY) && { "$(BIN)/reuse" lint --quiet || "$(BIN)/reuse" lint; }
	@cd build/lint/$(COPY) && env PATH="$(BIN):$$PATH" ANSIBLE_HOME="$(TOP)/build/lint/ansible" \
		ANSIBLE_COLLECTIONS_PATH="$(TOP)/build/lint" "$(BIN)/ansible-lint" -q
	@echo "ruff, shellcheck, yamllint, antsibull-changelog, reuse and ansible-lint found nothing"

format: $(VENV)/.lint ## Format the Python code
	@"$(BIN)/ruff" check --quiet --fix-only .
	@"$(BIN)/ruff" format .

sanity: $(VENV)/.lint ## Run ansible-test's sanity tests on every Python found
	@.ci/sanity "$(BIN)/python"

integration: $(VENV)/.test $(LINK) ## Run playbooks against the emulator
	@$(PYTEST) -n 2 tests/integration

faults: $(VENV)/.test $(LINK) ## Break the server in every way in the middle of a run of 300 accounts
	@$(PYTEST) -n 2 tests/faults

fuzz: $(VENV)/.test $(LINK) ## Throw arbitrary answers at the client
	@$(PYTEST) tests/fuzz

molecule: $(VENV)/.molecule $(LINK) ## Run the role's two jobs twice, and look at the server afterwards
	@.ci/tree build/molecule
	@for scenario in offboard recover; do \
		(cd build/molecule/$(COPY)/extensions && env PATH="$(BIN):$$PATH" ANSIBLE_HOME="$(TOP)/build/molecule/ansible" \
			ANSIBLE_COLLECTIONS_PATH="$(TOP)/build/molecule" "$(BIN)/molecule" test -s $$scenario) || exit 1; \
	done

bench: $(VENV)/.test $(LINK) ## Measure against uri loops and a bare script, and write the table and the plot
	@$(RUN) "$(BIN)/python" -m tests.bench $(BENCH_ARGS)

build: $(VENV)/.demo ## Build the collection's tarball in build/
	@.ci/tree build/galaxy
	@cd build/galaxy/$(COPY) && "$(BIN)/ansible-galaxy" collection build --force --output-path "$(TOP)/build"

clean: ## Remove everything make has made
	@rm -rf build $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .ansible .cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The chain keeps 'make -j' from running two pips in one environment.
$(VENV)/.python:
	@python=$$(.ci/python $(PYTHON)); \
	echo "Making $(VENV) with $$("$$python" -V)"; \
	"$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.demo: $(REQUIREMENTS)/demo.txt $(REQUIREMENTS)/runtime.txt $(REQUIREMENTS)/emulator.txt | $(VENV)/.python
$(VENV)/.test: $(REQUIREMENTS)/test.txt $(VENV)/.demo
$(VENV)/.lint: $(REQUIREMENTS)/lint.txt $(VENV)/.test
$(VENV)/.molecule: $(REQUIREMENTS)/molecule.txt $(VENV)/.lint
$(VENV)/.demo $(VENV)/.test $(VENV)/.lint $(VENV)/.molecule:
	@echo "Installing $(REQUIREMENTS)/$(@F:.%=%).txt"
	@$(PIP) -r $(REQUIREMENTS)/$(@F:.%=%).txt
	@touch $@

$(LINK): | $(VENV)/.python
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@
	@: > build/ansible.cfg
