# Names for commands; nothing is built here that Cargo does not build.

.PHONY: bench bless book checks-online conformance coverage demo e2e examples fuzz hostile lines lint-workflows man mutants npm package page-test precompiled prose registry replay-stress rooms test \
	validate-manifests validate-reports \
	wasm-target wasm-ways wheel

# With a test among the targets, Cargo selects the features of dependencies that tests need, too. So `make test` after
# `make demo` builds no dependency again.
BUILD := cargo build --release --workspace --test script

# Runs the Denrisi suite on a recording, and writes its report to report/ as JSON and JUnit.
demo: precompiled
	$(BUILD) --bins
	target/release/comfycheck demo --format human --format json:report/denrisi.json --format junit:report/denrisi.xml

# Compiles the checks to machine code, which every later build embeds. comfycheck works without it, but its first run on a
# machine then compiles.
precompiled: wasm-target
	$(BUILD) --bin comfycheck-precompile
	target/release/comfycheck-precompile target/precompiled

# Every test.
test: precompiled
	cargo test --release --workspace

# Updates every expected output: snapshots, product tests, generated pages. Read the diff before you commit it.
bless: precompiled
	BLESS=1 INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test --release --workspace --no-fail-fast
	git diff --stat

# Holds every report format against its own authority: other readers, and published schemas. Needs python3, npm and the network.
validate-reports: precompiled
	$(BUILD) --bins
	scripts/validate-reports

# Opens pages of --format html in Chromium: no console error, no request, no axe violation. Needs npm, Chromium and the network.
page-test: precompiled
	$(BUILD) --bins
	scripts/page-test

# Validates the manifests of the book by the schemas of two versions of Kubernetes. Needs python3 and PyPI.
validate-manifests:
	scripts/validate-manifests

# Makes a Python wheel of the binary, installs it into a fresh virtual environment and runs the demo from it. Needs python3.
wheel: precompiled
	$(BUILD) --bins
	scripts/wheel

# Makes the npm packages, installs them into a fresh folder and runs the demo from it. Needs npm.
npm: precompiled
	$(BUILD) --bins
	scripts/npm

# Every check that needs the network or another toolchain. A missing toolchain is an error. CI runs it beside `.ci/run`.
checks-online: wheel npm package validate-reports validate-manifests page-test e2e lint-workflows examples registry

# Makes the example checks with `comfycheck check new`, in every language, and runs their tests. Needs python3, npm and the network.
examples: precompiled
	$(BUILD) --bins
	scripts/examples target/release/comfycheck

# Packages the crates, builds what authors of checks depend on, installs comfycheck from its package and runs the demo from it.
# Needs the network.
package: wasm-target
	scripts/package

# comfycheck beside RunPod's own SDK, as its server and as its client, on this machine alone. Needs python3 and the network.
e2e: precompiled
	$(BUILD) --bins
	scripts/e2e

# Records ROUNDS runs against a server on this machine while every core is busy, and compares each report with that of its replay.
ROUNDS ?= 100
replay-stress: precompiled
	$(BUILD) --bins
	scripts/replay-stress $(ROUNDS)

# Publishes and adds a check with a real OCI registry on loopback. Needs docker-registry, openssl and curl.
registry: precompiled
	$(BUILD) --bins
	scripts/registry

# Lints the workflows, the GitHub action and the scripts. Needs python3 and PyPI.
lint-workflows:
	scripts/lint-workflows

# Scores validation and conversion against a corpus of ComfyUI's verdicts and exports. CORPUS has the folders
# `validation` (cases.jsonl, node_replacements.json, the object_info files of the cases) and `ui` (ui/*.json, api/*.json).
CORPUS ?= fixtures/conformance
# The classes for conversions.
OBJECT_INFO ?= $(firstword $(wildcard $(CORPUS)/validation/object_info.full.json) fixtures/comfyui/object_info.json)
conformance:
	cargo run --quiet --release --package comfycheck-check-workflow --example conformance -- $(CORPUS)/validation
	cargo run --quiet --release --package comfycheck-check-workflow --example conversion -- $(CORPUS)/ui \
		$(OBJECT_INFO)

# Prints how fast comfycheck is, beside native code and beside its goals. Takes a minute; best on an idle machine.
bench: precompiled
	$(BUILD) --bins
	target/release/comfycheck-bench
	scripts/golden-bench
	scripts/language-bench

# Prints what each way to misbehave costs: outcome, time and memory of hostile guests, and what honest checks notice of them.
hostile: precompiled
	cargo test --release --workspace --test sandbox hostile -- --nocapture --test-threads 1 --include-ignored
	cargo test --release --workspace --test it compile_bombs -- --nocapture --ignored

# Runs every fuzz target for SECONDS, and prints how many inputs each had. See fuzz/README.md. Needs cargo-fuzz and a nightly compiler.
SECONDS ?= 600
fuzz: wasm-target
	fuzz/run $(SECONDS)

# Changes MOST places of FILES, one at a time, and prints those that no test notices. Takes some seconds for each.
MOST ?= 50
FILES ?= $(wildcard host/core/src/waiver.rs host/core/src/waiver/*.rs host/core/src/partition.rs host/core/src/report/*.rs)
mutants:
	scripts/mutants --most $(MOST) $(FILES)

# Prints the line coverage of the host and of the checks' native tests, and fails where it is below MINIMUM percent.
MINIMUM ?= 85
coverage: wasm-target
	scripts/coverage $(MINIMUM)

# Builds the book of docs/ with mdBook, to target/book. The tests hold its pages against their sources without it.
book:
	@command -v mdbook > /dev/null || { echo "mdbook is missing: cargo install mdbook" >&2; exit 1; }
	mdbook build docs

# Writes a manual page for every command to target/man.
man: precompiled
	$(BUILD) --bins
	target/release/comfycheck man target/man

# Prints commas and semicolons per 100 words of every document, and every banned phrase.
prose:
	cargo test --release --workspace --test it prose -- --nocapture

# Prints how many lines the report of every scenario and of every recording has, and fails where one is too long.
lines:
	cargo test --release --workspace --test it page::every -- --nocapture

# Prints the circles of files and the arrows up between the rooms of each crate.
rooms:
	cargo test --release --workspace --test it rooms -- --nocapture

# Makes sure that this machine can compile the checks to WebAssembly. Everything that
# builds the binary needs it; it does nothing where that is so already.
wasm-target:
	@scripts/wasm-target

# Goes every way to a compiler for the checks that this machine allows, and prints which
# worked. Installs no package; a target that it adds with rustup is removed again.
wasm-ways:
	@cargo run --quiet --package comfycheck-guest-build --bin wasm-ways
