# Everything a person or a machine runs here. `make chat` and `make test` need Python 3.11 and make only.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
PYTEST := $(BIN)/python -m pytest

# One thread a process: the tests run two processes, and results must not hang on the machine.
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install chat test quick check lint format types browser bench growth load tour mutation baseline fuzz package \
        audit sbom licences lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(VENV)/project.stamp  ## make .venv with everything in it

chat: install  ## serve the chat page on http://127.0.0.1:7860
	$(BIN)/leg-massage chat

test: lint types browser  ## format, lint, types and all tests
	$(PYTEST) -n 2 -q -m "not package"

quick: install  ## the tests that take seconds
	$(PYTEST) -n 2 -q -m "not package and not slow and not browser and not model"

check: install  ## the safety regression suite, with its report
	$(BIN)/leg-massage check

lint: install  ## format and style, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: install  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: install  ## mypy, strict
	$(BIN)/mypy

bench: install  ## speed of the safety layer, then all of it beside others: benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.safety
	$(BIN)/python -m benchmarks.compare

growth: install  ## indexes of a thousand to a million passages, built and asked
	$(BIN)/python -m benchmarks.growth

load: install  ## fifty visitors on the page for a minute, every reply checked
	$(BIN)/python -m benchmarks.page

tour: install  ## take the pictures of docs/page.md anew
	$(BIN)/python -m tools.tour

mutation: install  ## remove each entry of the policy in turn: some case must notice
	$(BIN)/python -m benchmarks.mutation

baseline: install  ## renew the list of cases that do not pass yet
	$(BIN)/python -m tools.baseline

fuzz: install  ## property tests with many more examples
	HYPOTHESIS_PROFILE=long $(PYTEST) -q -n 2 tests/safety/test_properties.py

package: install  ## build the wheel and use it in an empty environment
	$(PYTEST) -q -m package

audit: install  ## known vulnerabilities in the locked packages; fails on any, and on any it cannot look up
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

sbom: install  ## software bill of materials, CycloneDX, in build/sbom.json
	mkdir -p build
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --of JSON -o build/sbom.json $(BIN)/python

licences: install  ## the licence of every installed package; fails on one that binds or is missing
	$(BIN)/python -m tools.licences

lock: install  ## renew requirements.lock within the bounds of pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --all-extras \
	    --no-emit-package torch --annotation-style line --no-emit-index-url --no-header \
	    --upgrade --output-file requirements.lock pyproject.toml

clean:  ## remove what was built, .venv too
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# torch comes first and by itself: its wheel differs by machine, so it has no hash in the lock, and
# installed before the rest it is not fetched again in another build. `--no-deps` because the lock is
# the whole set; every file in it is checked against its hash.
$(VENV)/torch.stamp:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(TORCH)
	@touch $@

$(VENV)/locked.stamp: requirements.lock $(VENV)/torch.stamp
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@touch $@

$(VENV)/project.stamp: pyproject.toml $(VENV)/locked.stamp
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The browser tests use Debian's chromium. Where it is missing and cannot be installed they skip.
browser:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 \
	    && apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	then echo "chromium installed for the browser tests"; \
	else echo "no chromium here and no way to install it: the browser tests are skipped"; fi
