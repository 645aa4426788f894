# The recipes of the house; the same on a laptop and in CI. `make demo` and `make test` set up
# everything they need on a fresh Debian 12 with Rust and Node.js.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

WEB := dashboard/web
E2E := tests/e2e
CLIENTS := $(CURDIR)/target/clients
TOOLS := $(CURDIR)/target/tools
TYPOS_VERSION := 1.52.0
FUZZ_SECONDS := 3
export PATH := $(TOOLS)/bin:$(TOOLS)/venv/bin:$(HOME)/.cargo/bin:$(PATH)

.PHONY: demo test check fuzz unit e2e clients dashboard packages tools fmt shots trace

## Build everything and run the simulated city. Ctrl-C stops it.
demo: packages-build dashboard
	cargo build --release --locked
	target/release/obrii up --demo --data demo-data

## Everything that has to hold: the embedded page, all Rust tests, the browser.
test: packages dashboard unit e2e

## Format, lint, documentation, licences, spelling.
check: packages dashboard tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
	cargo deny --log-level error check bans licenses sources
	typos
	cd $(WEB) && npm run lint && npm run check

## Each codec against what no device should send, for some seconds.
fuzz: packages-build
	codec/fuzz/run.sh $(FUZZ_SECONDS)

unit: clients
	cargo test --workspace --locked
	cd $(WEB) && npm test

e2e: $(E2E)/node_modules/.installed clients
	cargo build --locked
	cd $(E2E) && OBRII_BIN=$(CURDIR)/target/debug/obrii npx playwright test

## Devices and servers that others wrote, for the tests that let them speak.
clients: $(CLIENTS)/.installed
$(CLIENTS)/.installed: tests/clients/requirements.txt
	python3 -m venv --clear $(CLIENTS)
	$(CLIENTS)/bin/pip install --quiet -r $<
	touch $@

## Draw docs/map.png anew.
shots: dashboard $(E2E)/node_modules/.installed
	cargo build --locked
	cd $(E2E) && OBRII_SHOTS=1 OBRII_BIN=$(CURDIR)/target/debug/obrii npx playwright test map

## Trace the live map: 3 000 objects, 300 updates a second, main-thread scripting of each frame.
trace: dashboard $(E2E)/node_modules/.installed
	cargo build --release --locked
	cd $(E2E) && OBRII_BIN=$(CURDIR)/target/release/obrii npx playwright test --config trace.config.ts

dashboard: $(WEB)/node_modules/.installed
	cd $(WEB) && npm run build

%/node_modules/.installed: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	touch $@

## System packages: a compiler for aws-lc, SQLite and zstd; the peers of the tests.
.PHONY: packages-build
packages-build:
	deploy/packages.sh build
packages:
	deploy/packages.sh test

## Tools that are not in Debian 12, by their language's own package manager.
tools: $(TOOLS)/venv/bin/typos
	command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --debug --root $(TOOLS)
$(TOOLS)/venv/bin/typos:
	python3 -m venv $(TOOLS)/venv
	$(TOOLS)/venv/bin/pip install --quiet typos==$(TYPOS_VERSION)

fmt:
	cargo fmt --all
	cd $(WEB) && npm run format
