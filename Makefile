# `make book` and `make test` set up all they need in .venv.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# The networks are small: threads inside the linear algebra cost more than they bring.
export OPENBLAS_NUM_THREADS ?= 1

NOTEBOOKS := $(wildcard book/*.ipynb)
SOURCES := _config.yml _toc.yml $(wildcard book/*.* book/_ext/* book/_static/* book/data/* rnn_tutorial/*.py rnn_tutorial/data/* $(shell find book/rnn_book -name "*.py"))

.PHONY: help book test print serve notebooks results bench picture pyodide lint clean

help:
	@echo "make book       build the website from clean, warnings as errors"
	@echo "make test       run all tests: package, notebooks, website"
	@echo "make print      the book as one PDF, _build/book.pdf (needs chromium)"
	@echo "make serve      show the website on http://localhost:8000"
	@echo "make notebooks  run the notebooks in place and keep the outputs of the check cells only"
	@echo "make results    run the experiments again, or some: make results NAMES='a b'; a look: QUICK=1"
	@echo "make bench      measure speed again, against other libraries"
	@echo "make picture    draw the logo and the pictures of the landing page"
	@echo "make pyodide    serve the Python of the browsers with the pages (needs npm)"
	@echo "make lint       check style"
	@echo "make clean      remove what the others made"

.venv/.book: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/.test: .venv/.book
	$(BIN)/python -m pip install --quiet --editable ".[test,dev]"
	touch $@

book:
	rm -rf _build
	$(MAKE) --no-print-directory _build/.done

# What the chapters install when they run in the reader's browser: this package, and what its interpreter does not bring.
_build/wheels: .venv/.book
	pip wheel --quiet --no-deps --wheel-dir $@ . \
	    $$(grep --only-matching --extended-regexp '^(comm|ipywidgets|jupyterlab-widgets|tqdm|widgetsnbextension)==\S+' requirements.txt)

# jupyter-book forgets the warnings of an earlier build: always from clean.
_build/.done: .venv/.book $(SOURCES)
	rm -rf _build
	$(MAKE) --no-print-directory _build/wheels
	jupyter-book build . -W -n --keep-going
	touch $@
	@echo "Open $(CURDIR)/_build/html/index.html, or run 'make serve'."

test: .venv/.test _build/.done
	pytest --numprocesses 2 --dist loadscope --nbval --nbval-current-env
	RNN_TUTORIAL_NO_NUMBA=1 pytest --numprocesses 2 tests --ignore tests/site

print: .venv/.test _build/.done
	python tools/paper.py

serve: _build/.done
	python -m http.server --directory _build/html 8000

notebooks: .venv/.test
	jupyter execute --inplace $(NOTEBOOKS)
	nbstripout --keep-id --keep-count $(NOTEBOOKS)
	python tools/clear_counts.py $(NOTEBOOKS)

results: .venv/.book
	python -m rnn_book.experiments $(NAMES) $(if $(QUICK),--quick)

.venv/.bench: .venv/.test
	$(BIN)/python -m pip install --quiet --editable ".[bench]"
	touch $@

bench: .venv/.bench
	python tools/bench.py

# The Python of the browsers, served with the pages from the next build on.
pyodide: .venv/.book
	python tools/pyodide.py

# The pictures that are not made by a notebook.
picture: .venv/.book
	MPLBACKEND=agg python tools/pictures.py

lint: .venv/.test
	ruff check
	ruff format --check
	nbstripout --keep-id --keep-count --verify $(NOTEBOOKS)

clean:
	rm -rf .venv _build _results dist static .pytest_cache .hypothesis .ruff_cache
