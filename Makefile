# Everything a stranger needs: `make run`, `make test`. Each installs what is missing, says what it
# does, and when a step fails, what to do about it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build watch test unit end2end chaos soak load bench size lint tools wasm-target deny browser engines faketime postgres node-packages

LEPTOS_VERSION := 0.3.10
DENY_VERSION := 0.20.2
# wasm-bindgen's program must match its library to the letter.
BINDGEN_VERSION := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
# Building the tools optimised would take longer than they ever run.
QUICKLY := CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_DEBUG=0
# wasm-opt comes with the node packages; the one in front of it adds passes.
export PATH := $(CURDIR)/frontend/optimize:$(CURDIR)/end2end/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

ROUNDS ?= 200
SEED ?= 1

say = @printf '\n\033[1m— %s\033[0m\n' "$(1)"
or_else = || { printf '\n\033[31m%s\033[0m\n' '$(1)'; exit 1; }

help:
	@echo "make run    build Rhizome and serve it at http://127.0.0.1:3000"
	@echo "make test   run lint and every test, in Chromium, Firefox and WebKit too"
	@echo "make watch  develop: rebuild and reload on every change"
	@echo "make chaos  test for longer on a machine on which everything goes wrong: ROUNDS=200"
	@echo "make soak   simulate many seeds of everything going wrong: SEEDS=100000"
	@echo "make load   open 10,000 streams, and see what they cost"
	@echo "make bench  measure against others, side by side; ROWS='fan-out memory' measures these only"
	@echo "make size   say which crates the bytes of the WASM belong to; CRATE=app lists the functions of one"
	@echo "make lint   check format, Clippy, and licences and sources of all crates; ADVISORY_DB=clone looks for known vulnerabilities"

run: build
	$(call say,Serving; Ctrl-C stops)
	@exec target/release/rhizome serve

build: tools
	$(call say,Building a release; the first takes about ten minutes)
	@cargo leptos build --release --precompress $(call or_else,The build failed. The error above says where; `git status` shows what differs from what was committed.)

watch: tools
	@cargo leptos watch

test: lint unit end2end

unit: faketime postgres
	$(call say,Tests of the protocol the client and the server)
	@cargo test -p protocol -p markdown -p client -p app -p server $(call or_else,A test failed; its name and reason stand above.)
	$(call say,The same requests of a server on PostgreSQL)
	@RHIZOME_TEST_STORE=postgres cargo test -p server --test http $(call or_else,A test failed on PostgreSQL; its name and reason stand above.)

end2end: build browser engines
	$(call say,Tests in real browsers against the real server)
	@node end2end/run.mjs $(call or_else,A browser test failed; its name and reason stand above.)

chaos: faketime
	$(call say,$(ROUNDS) rounds of chaos; three seconds each)
	@CHAOS_ROUNDS=$(ROUNDS) CHAOS_SEED=$(SEED) cargo test -p server --test chaos -- --nocapture acknowledged \
	  $(call or_else,Something was lost or doubled; the seed and what happened stand above.)

load:
	$(call say,5000 streams in one space and 1000 spaces of five; the build takes a few minutes)
	@cargo build --release -p server
	@RHIZOME_LOAD=$(CURDIR)/target/release/rhizome cargo test -p server --test load -- --nocapture --test-threads=1 \
	  $(call or_else,A test failed; its name and reason stand above. It needs `ulimit -Hn` above 11000.)

SEEDS ?= 10000

soak:
	$(call say,Simulating $(SEEDS) seeds; the build takes a few minutes)
	@FIRST=$(FIRST) SEEDS=$(SEEDS) cargo test --release -p client --test devices whatever_breaks -- --nocapture \
	  $(call or_else,A seed failed. SEED=… `cargo test -p client --test devices whatever_breaks -- --nocapture` runs it again.)
	@FIRST=$(FIRST) SEEDS=$(SEEDS) cargo test --release -p server --test simulation whatever_breaks -- --nocapture \
	  $(call or_else,A seed failed. SEED=… `cargo test -p server --test simulation whatever_breaks -- --nocapture` runs it again.)

# nchan is measured where it is installed: Debian's nginx and libnginx-mod-nchan.
bench: build browser
	$(call say,Measuring; on a machine that does nothing else this takes about ten minutes)
	@cargo bench -p server --bench measure -- $(ROWS) $(call or_else,The bench broke off; the error above says where.)
	@[ -n "$(ROWS)" ] || node end2end/browser.bench.mjs $(call or_else,The browser bench broke off; the error above says where.)

# As a release is built, but with the names of the functions kept.
size: tools
	$(call say,Bytes by crate before compression; the build takes a minute or two)
	@cargo build -p frontend --lib --target-dir target/front --target wasm32-unknown-unknown --profile wasm-release \
	  $(call or_else,The build failed. The error above says where.)
	@wasm-bindgen --target web --no-typescript --out-dir target/size --out-name named \
	  target/front/wasm32-unknown-unknown/wasm-release/frontend.wasm
	@wasm-opt -Oz -g --enable-bulk-memory --enable-nontrapping-float-to-int target/size/named_bg.wasm -o target/size/named.wasm
	@node frontend/optimize/size_by_crate.mjs target/size/named.wasm $(CRATE)

# A clone of RustSec's advisory-db is not fetched, only read. cargo-deny finds it by this name.
ADVISORIES := advisory-db-3157b0e258782691

lint: wasm-target deny
	$(call say,Format and Clippy)
	@cargo fmt --all --check $(call or_else,Run `cargo fmt --all`.)
	@cargo clippy --workspace --exclude frontend --all-targets -- -D warnings $(call or_else,Clippy says above what to change; Cargo.toml says why.)
	@cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings $(call or_else,Clippy says above what to change; Cargo.toml says why.)
	$(call say,Licences and sources of all crates)
	@cargo deny --locked check licenses bans sources $(call or_else,A crate is not allowed: deny.toml says why.)
ifdef ADVISORY_DB
	$(call say,Known vulnerabilities)
	@mkdir -p target/advisories && ln -sfn "$(abspath $(ADVISORY_DB))" target/advisories/$(ADVISORIES)
	@cargo deny --offline check advisories $(call or_else,Update the crate; or deny.toml says why not.)
endif

wasm-target:
	@command -v cargo >/dev/null $(call or_else,Rust is missing: install it from https://rustup.rs then try again.)
	@rustup target list --installed | grep -qx wasm32-unknown-unknown || { \
	  printf '\n— Installing the WASM target\n'; rustup target add wasm32-unknown-unknown; } \
	  $(call or_else,Could not install the WASM target: run `rustup target add wasm32-unknown-unknown`.)

tools: wasm-target node-packages
	@[ "$$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $(BINDGEN_VERSION)" ] || { \
	  printf '\n— Installing wasm-bindgen $(BINDGEN_VERSION) (3 minutes)\n'; \
	  $(QUICKLY) cargo install wasm-bindgen-cli --version $(BINDGEN_VERSION); } \
	  $(call or_else,Could not install wasm-bindgen: run `cargo install wasm-bindgen-cli --version $(BINDGEN_VERSION)`.)
	@cargo leptos --version 2>/dev/null | grep -q ' $(LEPTOS_VERSION)$$' || { \
	  printf '\n— Installing cargo-leptos $(LEPTOS_VERSION) (8 minutes)\n'; \
	  $(QUICKLY) CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install cargo-leptos --locked --version $(LEPTOS_VERSION) --features no_downloads; } \
	  $(call or_else,Could not install cargo-leptos: run `cargo install cargo-leptos --locked --version $(LEPTOS_VERSION)`.)

deny:
	@cargo deny --version 2>/dev/null | grep -q ' $(DENY_VERSION)$$' || { \
	  printf '\n— Installing cargo-deny $(DENY_VERSION) (3 minutes)\n'; \
	  $(QUICKLY) CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install cargo-deny --locked --version $(DENY_VERSION); } \
	  $(call or_else,Could not install cargo-deny: run `cargo install cargo-deny --locked --version $(DENY_VERSION)`.)

node-packages: end2end/node_modules/.package-lock.json

end2end/node_modules/.package-lock.json: end2end/package-lock.json
	$(call say,Installing the node packages)
	@command -v npm >/dev/null $(call or_else,Node is missing: install Node 20 or later then try again.)
	@npm ci --prefix end2end --no-audit --no-fund $(call or_else,Could not install the node packages: run `npm ci` in end2end.)
	@touch $@

browser:
	@command -v chromium >/dev/null || { \
	  printf '\n— Installing Chromium\n'; \
	  apt-get update -q && apt-get install -yq --no-install-recommends chromium; } \
	  $(call or_else,Could not install Chromium: install it so that `chromium` is on the PATH then try again.)

# WebKit's MiniBrowser comes with its driver, and wants a screen: Xvfb has one in memory.
engines:
	@command -v firefox-esr WebKitWebDriver Xvfb | wc -l | grep -qx 3 || { \
	  printf '\n— Installing Firefox and WebKit (a minute)\n'; \
	  apt-get update -q && apt-get install -yq --no-install-recommends firefox-esr webkit2gtk-driver xvfb; } \
	  $(call or_else,Could not install Firefox and WebKit: install them so that `firefox-esr` and `WebKitWebDriver` and `Xvfb` are on the PATH then try again.)

# The tests start a cluster of their own, so Debian's is not made.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | grep -q . || { \
	  printf '\n— Installing PostgreSQL\n'; \
	  mkdir -p /etc/postgresql-common && \
	  { [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf; } && \
	  apt-get update -q && apt-get install -yq --no-install-recommends postgresql-15; } \
	  $(call or_else,Could not install PostgreSQL: install it so that its programs are in /usr/lib/postgresql/15/bin then try again.)

faketime:
	@ls /usr/lib/faketime/libfaketimeMT.so.1 /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | grep -q . || { \
	  printf '\n— Installing libfaketime\n'; \
	  apt-get update -q && apt-get install -yq --no-install-recommends libfaketime; } \
	  $(call or_else,Could not install libfaketime: install it so that `faketime/libfaketimeMT.so.1` is below /usr/lib then try again.)
