# `make run` and `make test` set up all they need: Python 3.11+, make and the package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test lint fix bench chaos chaos-short fuzz smoke lock spark page clean

run: $(VENV)/.ready
	$(BIN)/kpi run

test: $(VENV)/.ready-dev
	$(BIN)/pytest

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-dev
	$(BIN)/python -m benchmarks

# Three bots on one database, killed and frozen, with every fault the stand-ins know: nothing lost, nothing twice.
# 10,000 promises on PostgreSQL, then on one SQLite file; about eight minutes each. SEED=… draws the faults again.
chaos: $(VENV)/.ready-dev
	$(BIN)/python -m benchmarks.chaos $(if $(SEED),--seed $(SEED))

chaos-short: $(VENV)/.ready-dev
	$(BIN)/python -m benchmarks.chaos --short $(if $(SEED),--seed $(SEED))

# A million inputs: RUNS a target, a tenth of them for whole questions with their answers.
RUNS ?= 170000
fuzz: $(VENV)/.ready-dev
	$(PIP) install --require-hashes -r requirements-fuzz.lock || echo "atheris cannot be had here: hypothesis makes up the inputs"
	for one in quantity measure framework workspace csv grammar; do \
	  $(BIN)/python -m tests.fuzz.campaign --target $$one --runs $(RUNS) || exit 1; done
	$(BIN)/python -m tests.fuzz.campaign --target answers --runs $$(($(RUNS) / 10))

# `make run` in a scratch database: ready, the page, the daily update, a clean stop.
smoke: $(VENV)/.ready
	$(BIN)/python .ci/smoke.py

# The locks hold hashes and name no index: whichever index the machine uses has to deliver these files.
lock: $(VENV)/.ready-dev
	$(BIN)/uv pip compile -q pyproject.toml --extra build --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --extra build --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock
	echo "atheris>=3,<3.1; sys_platform == 'linux' and platform_machine == 'x86_64'" | $(BIN)/uv pip compile -q - \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements-fuzz.lock
	printf 'pyspark[connect]>=4.0,<5\npandas<3\n' | $(BIN)/uv pip compile -q - -c requirements-dev.lock \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements-spark.lock

# A real Spark for the tests of its collector, half a gigabyte; without it they are skipped. It needs Java.
spark: $(VENV)/.ready-dev
	$(PIP) install --require-hashes -r requirements-spark.lock

# The playground's page is built here, by those who change it; users get the built files and need no Node.
page:
	cd bot/playground/page && npm ci && npm run build

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.ready-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $(VENV)/.ready $@
