# Every verb of the house; `make` alone lists them. Needs Rust, python3 and make, nothing else.

CARGO ?= cargo
PYTHON ?= python3

target := $(or $(CARGO_TARGET_DIR),target)
python_environment := $(CURDIR)/target/python
python_ready := $(python_environment)/.requirements-installed
trainers_environment := $(CURDIR)/target/trainers-python
trainers_ready := $(trainers_environment)/.requirements-installed
peers_environment := $(CURDIR)/target/peers-python
peers_ready := $(peers_environment)/.requirements-installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-trainers check field sample bench bench-peers bench-writing bless audit clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## make a small shop, run the whole job on it, publish, and say how well it went
	rm -rf target/demo
	$(CARGO) run --locked --quiet -- demo target/demo

test: $(python_ready) ## all tests; makes a Python environment in target/python for S3 and the readers
	CROWDRANK_TEST_PYTHON=$(python_environment) $(CARGO) test --locked

test-trainers: $(trainers_ready) ## load and train by the lines on a snapshot's card, and from its exports
	$(CARGO) build --locked
	rm -rf target/trainers
	$(trainers_environment)/bin/python tests/trainers $(target)/debug/crowdrank target/trainers
	$(trainers_environment)/bin/python tests/trainers/exports.py $(target)/debug/crowdrank \
		target/trainers/demo/crowdrank.toml target/trainers/exports

check: ## format, lints and the tidy test; nothing may be left
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked --test it -- layout::

field: ## run the job on real answers of ../shared/data and print the top of some rankings
	$(CARGO) build --locked
	tests/field/run $(target)/debug/crowdrank

sample: ## make data/sample anew: a few hundred answers from the generator
	rm -rf data/sample
	$(CARGO) run --locked --quiet -- generate --scale 0.001 --seed 1 data/sample

bench: ## measure the solver, then whole runs on 1 and 10 million answers (they go to target/bench)
	$(CARGO) bench --locked
	$(CARGO) build --locked --release
	tests/bench/whole_runs $(target)/release/crowdrank

bench-peers: $(peers_ready) ## measure the binary beside evalica, crowd-kit, choix and scikit-learn; takes an hour
	$(CARGO) build --locked --release
	target/peers-python/bin/python tests/bench/peers $(target)/release/crowdrank

bench-writing: $(python_ready) ## write 50 million rows (or ROWS) beside DuckDB and polars
	$(CARGO) bench --locked --no-run --bench writing
	$(python_environment)/bin/python tests/bench/writing_beside_peers \
		"$$(ls -t $(target)/release/deps/writing-* | grep -v '\.d$$' | head -n 1)" $(ROWS)

bless: ## rewrite the expected results of model tests; read the diff before you commit it
	BLESS=1 $(CARGO) test --locked --test it -- models::

audit: ## look for known weaknesses in the dependencies
	@if $(CARGO) audit --version > /dev/null 2>&1; then $(CARGO) audit; \
	else echo "cargo-audit is not installed; cargo install cargo-audit --locked"; fi

clean: ## remove all that was built, made or installed
	$(CARGO) clean

# Each environment is made again when its requirements change.
$(python_ready): tests/python/requirements.txt
$(trainers_ready): tests/trainers/requirements.txt
$(peers_ready): tests/bench/peers_requirements.txt
$(python_ready) $(trainers_ready) $(peers_ready):
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@
