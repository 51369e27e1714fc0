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
RUN = env PATH="$(BIN):$$PATH" PYTHONPATH="$(TOP)/$(COLLECTIONS)" ANSIBLE_COLLECTIONS_PATH="$(TOP)/$(COLLECTIONS)" \
	ANSIBLE_CONFIG="$(TOP)/build/ansible.cfg" ANSIBLE_HOME="$(TOP)/build/ansible"
PYTEST = $(RUN) "$(BIN)/python" -m pytest -q $(PYTEST_ARGS)
REQUIREMENTS := tests/requirements
# Three processes of tests keep two cores busy: each waits for servers, and for processes that end, now and then.
WORKERS = 3
# Which of the playbook tests to run.
INTEGRATION = tests/integration
# Most of what is installed is never imported, and what is compiles then.
PIP = "$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: help demo test gates unit contract types lint format sanity integration faults fuzz molecule workspaces awx eda \
	examples docs coverage mutation oldest oldunit newest package nox bench picture release-check live clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.demo $(LINK) ## See a lost second factor reset, on a Rocket.Chat that lives only as long
	@$(RUN) "$(BIN)/python" demo/run.py

# The older server is met by the gates, on the oldest ansible-core; 'make integration' alone meets both.
test: export DIALECTS ?= 8.6
# A real workspace is met only by who asks for it.
test: export LIVE = emulator
test: export LIVE_VERSIONS ?= 8.6
test: export LIVE_URL =
test: export LIVE_IMAGE =
test: $(VENV)/.all $(LINK) ## Run every suite that a change should pass
	@MAKE="$(MAKE)" .ci/suites "coverage live molecule lint fuzz eda docs workspaces contract types" sanity awx examples \
		integration faults

gates: $(VENV)/.all $(LINK) ## Run what a release must pass besides: the oldest ansible-core, Galaxy's importer, a rehearsal
	@MAKE="$(MAKE)" .ci/suites "nox oldunit package release-check" oldest

unit: $(VENV)/.test $(LINK) ## Test the parts alone
	@$(PYTEST) tests/unit

contract: $(VENV)/.test $(LINK) ## Hold the emulator against what a real server answered
	@$(PYTEST) tests/contract

types: $(VENV)/.lint $(LINK) ## Check the type annotations
	@MYPYPATH=$(COLLECTIONS) "$(BIN)/mypy" -p ansible_collections.chatops.rocketchat.plugins
	@"$(BIN)/mypy" tests/emulator tests/live

lint: $(VENV)/.lint ## Check style, workflows, changelog fragments and licences
	@"$(BIN)/ruff" check --quiet .
	@"$(BIN)/ruff" format --quiet --check . || { echo "Not formatted: 'make format' mends it." >&2; exit 1; }
	@"$(BIN)/shellcheck" $(filter-out %.py %.cfg,$(wildcard .ci/*))
	@"$(BIN)/yamllint" --strict .
	@"$(BIN)/antsibull-changelog" lint
	@"$(BIN)/actionlint" -shellcheck "$(BIN)/shellcheck"
	@"$(BIN)/zizmor" --quiet --offline .github
	@.ci/tree build/lint
	@cd build/lint/$(COPY) && { "$(BIN)/reuse" lint --quiet || "$(BIN)/reuse" lint; }
	@cd build/lint/$(COPY) && env PATH="$(BIN):$$PATH" ANSIBLE_HOME="$(TOP)/build/lint/ansible" \
		ANSIBLE_COLLECTIONS_PATH="$(TOP)/build/lint" "$(BIN)/ansible-lint" -q
	@echo "ruff, shellcheck, yamllint, antsibull-changelog, actionlint, zizmor, reuse and ansible-lint found nothing"

format: $(VENV)/.lint ## Format the Python code
	@"$(BIN)/ruff" check --quiet --fix-only .
	@"$(BIN)/ruff" format .

sanity: ## Run ansible-test's sanity tests on every supported ansible-core (CORES=2.21: on one)
	@.ci/cores $(CORES)

integration: $(VENV)/.test $(LINK) ## Run playbooks against the emulator
	@$(PYTEST) -n $(WORKERS) $(INTEGRATION)

faults: $(VENV)/.test $(LINK) ## Break the server in every way in the middle of a run of 300 accounts
	@$(PYTEST) -n $(WORKERS) tests/faults

fuzz: $(VENV)/.test $(LINK) ## Throw arbitrary answers at the client
	@$(PYTEST) tests/fuzz

molecule: $(VENV)/.molecule $(LINK) ## Run the role's two jobs twice, and look at the server afterwards
	@.ci/tree build/molecule
	@for scenario in offboard recover; do \
		(cd build/molecule/$(COPY)/extensions && env PATH="$(BIN):$$PATH" ANSIBLE_HOME="$(TOP)/build/molecule/ansible" \
			ANSIBLE_COLLECTIONS_PATH="$(TOP)/build/molecule" "$(BIN)/molecule" test -s $$scenario) || exit 1; \
	done

workspaces: $(VENV)/.test $(LINK) ## Run playbooks over three workspaces, one of them down
	@$(PYTEST) tests/workspaces

live: $(VENV)/.test $(LINK) ## Do every job in a real workspace and read back what became of it (LIVE=emulator: in the emulator)
	@$(RUN) "$(BIN)/python" -m tests.live $(PYTEST_ARGS)

eda: $(VENV)/.eda $(LINK) ## Run the rulebooks with real posts, and check the execution environment (needs Java 17)
	@$(PYTEST) tests/eda

examples: $(VENV)/.examples $(LINK) ## Run every example of the README, the guides and the modules
	@$(PYTEST) -n $(WORKERS) tests/examples

awx: $(VENV)/.awx $(LINK) ## Set a controller up, and launch the job templates as AWX does
	@$(PYTEST) -n $(WORKERS) tests/awx

docs: $(VENV)/.docs ## Build the documentation site in build/docs/html; a broken reference fails
	@.ci/docs "$(BIN)/python"

coverage: $(VENV)/.coverage $(LINK) ## Fail where the unit tests take too few of the branches
	@$(RUN) "$(BIN)/python" -m coverage run -m pytest -q $(PYTEST_ARGS) tests/unit
	@"$(BIN)/coverage" json -q
	@"$(BIN)/coverage" report
	@"$(BIN)/python" -m tests.unit.branches build/coverage.json 95

mutation: $(VENV)/.mutation $(LINK) ## Break the client in a thousand small ways and see whether a test notices
	@$(RUN) "$(BIN)/python" -m tests.mutation $(MUTATION_ARGS)

# Tests are Python 3.11, modules Python 3.9: here the modules run on another Python than Ansible's.
oldest: export MODULE_PYTHON = $(TOP)/build/oldest-runtime/bin/python
oldest newest: BIN = $(TOP)/build/$@/bin
oldest: $(LINK) ## Run playbooks on the oldest ansible-core, Python, requests and pyotp
	@.ci/venv build/oldest-runtime "3.9" -r $(REQUIREMENTS)/oldest-runtime.txt
	@.ci/venv build/$@ "3.12 3.11" -r $(REQUIREMENTS)/oldest.txt
	@$(PYTEST) -n $(WORKERS) $(INTEGRATION)

oldunit: $(LINK) ## Test the parts of the modules on the oldest Python, requests and pyotp
	@.ci/venv build/$@ "3.9" -r $(REQUIREMENTS)/oldest-unit.txt
	@env PYTHONPATH="$(TOP)/$(COLLECTIONS)" build/$@/bin/python -m pytest -q $(PYTEST_ARGS) tests/unit/plugins/module_utils

newest: $(LINK) ## Run playbooks on the newest ansible-core, Python, requests and pyotp
	@.ci/venv build/$@ "3.13 3.12" -r $(REQUIREMENTS)/newest.txt
	@$(PYTEST) -n $(WORKERS) $(INTEGRATION)

package: $(VENV)/.test $(LINK) ## Build the tarball, look into it, install it, and run the demo from there
	@$(PYTEST) tests/package

nox: ## Run antsibull-nox: documentation, licences, unwanted files, action groups, Galaxy's importer
	@.ci/venv build/nox "3.13 3.12 3.11" -r $(REQUIREMENTS)/nox.txt
	@.ci/nox build/nox/bin/nox

bench: $(VENV)/.test $(LINK) ## Measure against uri loops and a bare script, and write the table and the plot
	@$(RUN) "$(BIN)/python" -m tests.bench $(BENCH_ARGS)

picture: $(VENV)/.docs $(LINK) ## Draw the README's pictures anew: a terminal with the demo and, with Chromium, the page of a run
	@$(RUN) "$(BIN)/python" demo/picture.py docs/docsite/rst/images
	@$(RUN) PYTHONPATH="$(TOP)" "$(BIN)/python" demo/page.py docs/docsite/rst/images/page.png

release-check: $(VENV)/.lint ## Rehearse a release: everything that needs no secret (TAG=v2.0.0: as that tag would)
	@"$(BIN)/python" -m tests.release build/release $(if $(TAG),--tag "$(TAG)")

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
$(VENV)/.docs: $(REQUIREMENTS)/docs.txt $(VENV)/.molecule
$(VENV)/.examples: $(REQUIREMENTS)/examples.txt $(VENV)/.docs
$(VENV)/.awx: $(REQUIREMENTS)/awx.txt $(VENV)/.examples
$(VENV)/.eda: $(REQUIREMENTS)/eda.txt $(VENV)/.awx
$(VENV)/.coverage: $(REQUIREMENTS)/coverage.txt $(VENV)/.eda
$(VENV)/.mutation: $(REQUIREMENTS)/mutation.txt $(VENV)/.coverage
# One pip for all of them takes a fraction of the time.
EVERYTHING := test lint molecule docs examples awx eda coverage
$(VENV)/.all: $(EVERYTHING:%=$(REQUIREMENTS)/%.txt) $(REQUIREMENTS)/runtime.txt $(REQUIREMENTS)/emulator.txt | $(VENV)/.python
	@echo "Installing all of $(REQUIREMENTS)"
	@$(PIP) $(EVERYTHING:%=-r $(REQUIREMENTS)/%.txt)
	@touch $(VENV)/.demo $(EVERYTHING:%=$(VENV)/.%) $@

$(VENV)/.demo $(VENV)/.mutation $(EVERYTHING:%=$(VENV)/.%):
	@echo "Installing $(REQUIREMENTS)/$(@F:.%=%).txt"
	@$(PIP) -r $(REQUIREMENTS)/$(@F:.%=%).txt
	@touch $@

$(LINK): | $(VENV)/.python
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@
	@: > build/ansible.cfg
