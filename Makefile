# Each target makes a virtual environment in .venv first, where there is none.

define HELP
make run            a server to try
make media          the same with sound and cameras: starts Janus and coturn too
make test           lint, types, and all tests but those of the commands below
make unit           the tests alone; with COVERAGE=1 how much of the code they run, which takes twice as long
make unit T=PATH    the tests of a file or directory, or one test (PATH::NAME)
make fix            put right what the linter can, and format
make browser        the tests in a browser, but those of sound and cameras (T=PATH: those of a file)
make browser-media  sound and cameras in browsers, through a real Janus and without
make browsers       a lesson in Firefox and in WebKit, by hand and nightly
make balance        two nodes behind BBBLB from PyPI, a load balancer (needs Python 3.13 and Debian's postgresql)
make fresh          commands and examples as readers of the docs start them, each process anew
make faults         kill the daemon and its files on purpose; large amounts, long times
make soak           tests that run for long
make fuzz           give readers what a fuzzer invents (TARGET=NAME, SECONDS=60; needs Python 3.11 to 3.13)
make captions       recognise speech with the model of the extra captions, which it installs (470 MB)
make defences       switch off each defence in turn, and see its test fail
make bench          measure beside other servers, ten minutes, into bench/results/ (FULL=1, BENCHES=NAMES)
make bench-compare  compare the two newest results
make bench-plot     draw the curves of the newest result, into docs/performance/
make clapper        measure how far sound and pictures of an hour's recording are off
make dist           wheel and sdist, into build/dist/
make deb            a package for this Debian and its Python, into build/deb/
make deb-test       packages for Debian 12 and 13, built and tried in clean roots (needs mmdebstrap and root)
make manual         man pages and completions, into build/manual/
make types-js       check the types of the page's modules (needs Node)
make pictures       all states of the meeting's page, as pictures
make docs           the reference pages
make clean          remove what the others made
endef
export HELP

# Where programs are, in an empty environment.
export PATH ?= /usr/local/bin:/usr/bin:/bin
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
PICTURES ?= build/pictures
SECONDS ?= 60
PYTEST = $(BIN)/python -m pytest
MEDIA_JOURNEYS := $(addprefix tests/browser/test_meeting_,comfort.py engines.py media.py mesh.py recorded.py unsent.py)

.PHONY: help run media test lint types types-js unit browser browser-media browsers balance fix fresh faults pictures soak fuzz captions defences bench bench-compare bench-plot clapper docs \
    dist deb deb-test manual clean

help:
	@echo "$$HELP"

$(VENV)/made: setup.cfg pyproject.toml
	@echo "Installing into $(VENV): this takes about a minute, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]' --config-settings editable_mode=compat
	@touch $@

# Running needs less than the tests: no mypy, no browser driver, no media library.
$(VENV)/ready: setup.cfg pyproject.toml
	@[ -e $(VENV)/made ] || echo "Installing into $(VENV): this takes half a minute, once."
	@[ -e $(VENV)/made ] || $(PYTHON) -m venv $(VENV)
	@[ -e $(VENV)/made ] || $(BIN)/pip install --quiet --disable-pip-version-check --editable . --config-settings editable_mode=compat
	@touch $@

run: $(VENV)/ready
	@mkdir -p -m 700 $(DATA)
	@printf '# Made by each make run; settings are set by variables: BBBD_CALLBACK_NETWORKS=127.0.0.0/8 make run\nbbbd.dataDir=%s\nbbbd.logFormat=text\n' $(abspath $(DATA)) > $(DATA)/run.properties
	@echo "Starting the server (Ctrl+C stops it); the last line says where it listens."
	@echo "Data and secret:  $(abspath $(DATA)), $(abspath $(DATA))/secret"
	@echo "A signed URL to try, in a browser or with curl:"
	@echo
	@$(BIN)/bbbd url create meetingID=first name=First --settings $(DATA)/run.properties
	@echo
	@$(BIN)/twistd --nodaemon --pidfile= bbbd --settings $(DATA)/run.properties

media: $(VENV)/made
	@$(BIN)/python tests/try_media.py $(abspath $(DATA))

test: lint types unit

lint: $(VENV)/made
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

types: $(VENV)/made
	$(BIN)/mypy

# The modules of page and player against their types.d.ts. Needs Node, and the network the first time: not a part of make test.
types-js:
	npx --yes --package typescript@5 -- tsc --project bbbd/page
	npx --yes --package typescript@5 -- tsc --project bbbd/playback

fix: $(VENV)/made
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

ifdef T
unit: $(VENV)/made
	$(PYTEST) -q -rs -m 'not soak' $(T)
else
unit: $(VENV)/made
	@rm -f .coverage .coverage.*
	$(if $(COVERAGE),$(BIN)/coverage run,$(BIN)/python) -m pytest -q -n 3 --dist worksteal -m 'not faults and not fresh and not soak' --ignore tests/browser --ignore tests/other_browsers \
	    --ignore tests/balance
ifdef COVERAGE
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
endif
endif

browser: $(VENV)/made
	$(PYTEST) -q -rs -n 2 $(MEDIA_JOURNEYS:%=--ignore %) $(or $(T),tests/browser)
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || \
	    echo "The tests were skipped: apt-get install chromium-headless-shell brings a browser"

browser-media: $(VENV)/made
	$(PYTEST) -q -rs $(MEDIA_JOURNEYS)

browsers: $(VENV)/made
	$(PYTEST) -q -rs tests/other_browsers

# BBBLB wants a newer Python than Debian 12 has: make balance BALANCE_PYTHON=/where/it/is/python3.13
BALANCE_PYTHON ?= $(shell for python in python3.14 python3.13 $(PYTHON) "$$HOME"/.pyenv/versions/3.1[3-9]*/bin/python; do \
    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null && echo "$$python" && break; done)

build/balance/made: Makefile
	@$(BALANCE_PYTHON) -m venv build/balance
	@build/balance/bin/pip install --quiet --disable-pip-version-check bbblb==0.0.18 uvicorn greenlet
	@touch $@

balance: $(VENV)/made $(if $(BALANCE_PYTHON),build/balance/made)
	$(PYTEST) -q -rs tests/balance
	@[ -n "$(BALANCE_PYTHON)" ] || echo "The tests were skipped: BBBLB needs Python 3.13 (make balance BALANCE_PYTHON=...)"

fresh: $(VENV)/made
	$(PYTEST) -q -rs -n 2 --dist worksteal --fresh -m 'not faults and not soak' \
	    tests/contract/test_*command*.py tests/contract/test_testing.py tests/unit/test_signing_examples.py tests/unit/test_command_imports.py

# What grep says must not stand for what the tests say.
faults: SHELL = /bin/bash
faults: .SHELLFLAGS = -o pipefail -c
faults: $(VENV)/made
	$(PYTEST) -q -n 2 --dist worksteal -rP -m 'faults and not soak' | grep -v '^operation'

pictures: $(VENV)/made
	@mkdir -p $(PICTURES)
	$(PYTEST) -q -n 2 tests/browser/test_meeting_access.py --pictures $(abspath $(PICTURES))
	@echo "Every state of the meeting's page, by day and night, wide and on a phone: $(abspath $(PICTURES))"

soak: $(VENV)/made
	$(PYTEST) -m soak

fuzz: $(VENV)/made
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fuzz]' --config-settings editable_mode=compat
	@mkdir -p build/fuzz
	@cd build/fuzz && for target in $(or $(TARGET),$(notdir $(wildcard fuzz/seeds/*))); do \
	    echo "$$target, for $(SECONDS) s"; $(abspath $(BIN))/python ../../fuzz/run.py $$target $(SECONDS) || exit; done

captions: $(VENV)/made
	@$(BIN)/python -c 'import faster_whisper' 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --editable '.[captions]' --config-settings editable_mode=compat
	$(PYTEST) -q -rs tests/contract/test_automatic_captions.py

defences: $(VENV)/made
	$(BIN)/python tests/faults/defences.py $(ONLY)

$(VENV)/bench-made: $(VENV)/made
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]' --config-settings editable_mode=compat
	@touch $@

bench: $(VENV)/bench-made
	$(BIN)/python bench/record.py $(if $(FULL),--full) $(BENCHES)

bench-plot: $(VENV)/made
	$(BIN)/python bench/plot.py

clapper: $(VENV)/made
	$(BIN)/python bench/clapper.py

bench-compare: $(VENV)/made
	@$(BIN)/python bench/compare.py

dist: $(VENV)/made
	$(BIN)/pip install --quiet --disable-pip-version-check build
	$(BIN)/python -m build --outdir build/dist

# Not by the interpreter of a virtual environment: the package is for Debian's own.
deb:
	/usr/bin/python3 packaging/deb.py build/deb

deb-test:
	packaging/debian/try.sh $(SUITES)

manual: $(VENV)/made
	$(BIN)/python packaging/manual.py build/manual

docs: $(VENV)/made
	$(BIN)/python -m bbbd.docs docs
	$(BIN)/python tests/layout.py docs/architecture.md

clean:
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache build *.egg-info
