# make run: a server to try. make test: all the checks. Both make a virtual environment in .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
PYTEST = $(BIN)/python -m pytest

.PHONY: run test lint types unit faults soak bench docs clean

$(VENV)/made: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]' --config-settings editable_mode=compat
	touch $@

run: $(VENV)/made
	@echo "Data and secret: $(abspath $(DATA)) (the secret is in the file called secret)"
	@echo "Listening:       http://127.0.0.1:8090 (Ctrl+C stops it)"
	@echo "A signed URL to try, for a browser or curl:"
	@echo
	@$(BIN)/bbbd url create meetingID=demo name=Demo --data-dir $(DATA)
	@echo
	@$(BIN)/twistd --nodaemon --pidfile= bbbd --data-dir $(DATA) --log-format text

test: lint types unit

lint: $(VENV)/made
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

types: $(VENV)/made
	$(BIN)/mypy

unit: $(VENV)/made
	rm -f .coverage .coverage.*
	COVERAGE_PROCESS_START=setup.cfg $(BIN)/coverage run --rcfile=setup.cfg -m pytest -m 'not faults and not soak'
	$(BIN)/coverage combine --rcfile=setup.cfg --quiet
	$(BIN)/coverage report --rcfile=setup.cfg --fail-under=95

faults: $(VENV)/made
	$(PYTEST) -m 'faults and not soak'

soak: $(VENV)/made
	$(PYTEST) -m soak

bench: $(VENV)/made
	$(BIN)/python bench/calls.py

docs: $(VENV)/made
	$(BIN)/python -m bbbd.docs docs

clean:
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache build *.egg-info
