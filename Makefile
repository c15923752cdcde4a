# Each target sets up what it needs. PYTHON=… chooses the interpreter, ARGS=… goes to `verify` or to pytest.
# `make` exits 2 whatever failed; the exit status of `python -m checker verify` says which way.

BOOTSTRAP := sh tools/bootstrap.sh
TOOL := .venv/bin/python -m

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: verify test lint types check format lock pictures bench clean help venv

verify: ## check every property; sets up what it needs
	@$(BOOTSTRAP) venv run
	@$(TOOL) checker verify $(ARGS)

test: lint types ## run all checks, cheapest first: lint, types, tests
	@$(BOOTSTRAP) pictures
	@$(BOOTSTRAP) peers
	@$(TOOL) pytest -n auto --dist loadfile $(ARGS)

lint: venv ## check style and format
	@$(TOOL) ruff check --quiet
	@$(TOOL) ruff format --check --quiet

types: venv ## check types
	@$(TOOL) mypy --no-error-summary

check: test ## the same as test

format: venv ## apply ruff's format and its safe corrections
	@$(TOOL) ruff format --quiet
	@$(TOOL) ruff check --quiet --fix

lock: ## resolve dependencies and the dev group into requirements/ anew (needs uv)
	@for set in "run.txt" "dev.txt --group dev"; do \
		uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url \
			--custom-compile-command "make lock" pyproject.toml --output-file requirements/$$set || exit 1; \
	done

pictures: venv ## draw the pictures that the README shows anew
	@mkdir -p docs/pictures
	@$(TOOL) checker diagram states -o docs/pictures/states.svg
	@$(TOOL) checker diagram states --variant two-way --against three-way -o docs/pictures/two-way.svg
	@$(TOOL) checker diagram flow --state SYN-RECEIVED -o docs/pictures/syn-received.svg
	@$(TOOL) checker diagram matrix time-wait-drained -o docs/pictures/time-wait.svg
	@$(TOOL) checker compare two-way three-way --picture docs/pictures/compare.svg >/dev/null

bench: venv ## time ours against the peers that are here, in turn, with the same counts (some minutes)
	@$(BOOTSTRAP) peers
	@$(TOOL) benchmarks.bench $(ARGS)

clean: ## remove everything the targets above made
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

venv:
	@$(BOOTSTRAP) venv
