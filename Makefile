# make run: a server to try. make test: all the checks. Both make a virtual environment in .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
PICTURES ?= build/pictures
PYTEST = $(BIN)/python -m pytest

.PHONY: run test lint types types-js unit faults pictures soak bench docs clean

$(VENV)/made: setup.cfg pyproject.toml
	@echo "Installing into $(VENV): this takes about a minute, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]' --config-settings editable_mode=compat
	@touch $@

run: $(VENV)/made
	@mkdir -p -m 700 $(DATA)
	@printf '# Made by make run.\nbbbd.dataDir=%s\nbbbd.logFormat=text\n' $(abspath $(DATA)) > $(DATA)/run.properties
	@echo "It will listen at http://127.0.0.1:8090 (Ctrl+C stops it)"
	@echo "Data and secret:  $(abspath $(DATA)), $(abspath $(DATA))/secret"
	@echo "A signed URL to try, in a browser or with curl:"
	@echo
	@$(BIN)/bbbd url create meetingID=first name=First --settings $(DATA)/run.properties
	@echo
	@$(BIN)/twistd --nodaemon --pidfile= bbbd --settings $(DATA)/run.properties

test: lint types unit

lint: $(VENV)/made
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

types: $(VENV)/made
	$(BIN)/mypy

# The page's modules against bbbd/page/types.d.ts. Needs Node, and the network the first time: not a part of make test.
types-js:
	npx --yes --package typescript@5 -- tsc --project bbbd/page

unit: $(VENV)/made
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -q -n 2 -m 'not faults and not soak'
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95

faults: $(VENV)/made
	$(PYTEST) -q -n 2 -rP -m 'faults and not soak' | grep -v '^operation'

pictures: $(VENV)/made
	@mkdir -p $(PICTURES)
	$(PYTEST) -q -n 2 tests/browser/test_meeting_access.py --pictures $(abspath $(PICTURES))
	@echo "Every state of the meeting's page, by day and night, wide and on a phone: $(abspath $(PICTURES))"

soak: $(VENV)/made
	$(PYTEST) -m soak

bench: $(VENV)/made
	$(BIN)/python bench/calls.py
	$(BIN)/python bench/recordings.py
	$(BIN)/python bench/subtitles.py
	$(BIN)/python bench/callbacks.py
	$(BIN)/python bench/people.py
	$(BIN)/python bench/slides.py
	$(BIN)/python bench/command.py

docs: $(VENV)/made
	$(BIN)/python -m bbbd.docs docs
	$(BIN)/python tests/layout.py docs/architecture.md

clean:
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache build *.egg-info
