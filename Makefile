# Everything a person or a machine runs here. `make chat` and `make test` need Python 3.11 and make only.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
# Address of a further index to take torch from, for a build without CUDA: docs/service.md.
TORCH_INDEX ?=
# Time box of each target of `make atheris`.
ATHERIS_SECONDS ?= 60
PYTEST := $(BIN)/python -m pytest

# One thread a process: the tests run two processes, and results must not hang on the machine.
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install chat test quick check lint format types browser cluster-test bench growth load tour mutation baseline fuzz atheris kill probes \
        package audit sbom licences lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(VENV)/project.stamp  ## make .venv with everything in it

chat: install  ## serve the chat page on http://127.0.0.1:7860
	$(BIN)/leg-massage chat

test: lint types browser  ## format, lint, types and all tests
	$(PYTEST) -n 2 -q -m "not package and not cluster"

quick: install  ## the tests that take seconds
	$(PYTEST) -n 2 -q -m "not package and not cluster and not slow and not browser and not model"

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

fuzz: install  ## property and grammar tests with thousands of examples each
	HYPOTHESIS_PROFILE=long $(PYTEST) -q -n 2 tests/safety/test_properties.py \
	    tests/reliability/test_conversations.py tests/reliability/test_public.py

atheris: build/atheris/stamp  ## coverage-guided fuzzing, ATHERIS_SECONDS=60 each of four targets
	for target in normalise guard pattern policy; do \
	    PYTHONPATH=build/atheris $(BIN)/python -m tools.fuzz_atheris $$target \
	        -max_total_time=$(ATHERIS_SECONDS) -print_final_stats=1 -artifact_prefix=build/atheris/ || exit 1; \
	done

kill: install  ## kill builders and writers at every touch of a file and at random
	$(BIN)/python -m tools.kill

probes: install  ## look for text whose cost grows faster than its length
	$(BIN)/python -m tools.probes

cluster-test: $(VENV)/cluster.stamp install  ## two Ray nodes on this machine: build, serve, lose one
	$(PYTEST) -q -W default tests/cluster

package: install  ## build the wheel and use it in an empty environment
	$(PYTEST) -q -m package

audit: install  ## known vulnerabilities in what is installed; fails on any, and on any not looked up
	$(BIN)/python -m tools.audit

sbom: install  ## software bill of materials, CycloneDX, in build/sbom.json
	mkdir -p build
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --of JSON -o build/sbom.json $(BIN)/python

licences: install  ## the licence of every installed package; fails on one that binds or is missing
	$(BIN)/python -m tools.licences

COMPILE := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-emit-package torch --annotation-style line --no-emit-index-url --no-header --upgrade
EXTRAS := dev documents generator mcp int8 training

# Ray brings some forty packages that one machine does not need: the extra `cluster` has a lock of its
# own, in which all the others are as in the first.
lock: install  ## renew both locks within the bounds of pyproject.toml
	$(BIN)/$(COMPILE) $(addprefix --extra ,$(EXTRAS)) --output-file requirements.lock pyproject.toml
	$(BIN)/$(COMPILE) --extra cluster --constraints requirements.lock \
	    --output-file requirements-cluster.lock pyproject.toml

clean:  ## remove what was built, .venv too
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# torch comes first and by itself: its wheel differs by machine, so it has no hash in the lock, and
# installed before the rest it is not fetched again in another build. `--no-deps` because the lock is
# the whole set; every file in it is checked against its hash.
$(VENV)/torch.stamp:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(TORCH)
	@touch $@

$(VENV)/locked.stamp: requirements.lock $(VENV)/torch.stamp
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@touch $@

$(VENV)/cluster.stamp: requirements-cluster.lock $(VENV)/locked.stamp
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-cluster.lock
	@touch $@

$(VENV)/project.stamp: pyproject.toml $(VENV)/locked.stamp
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Only for `make atheris`, and so beside the environment, not in it. The wheel is for Linux on x86-64.
build/atheris/stamp: tools/atheris.lock $(VENV)/project.stamp
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --target build/atheris -r tools/atheris.lock
	@touch $@

# The browser tests use Debian's chromium. Where it is missing and cannot be installed they skip.
browser:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 \
	    && apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	then echo "chromium installed for the browser tests"; \
	else echo "no chromium here and no way to install it: the browser tests are skipped"; fi
