# Names for commands; nothing is built here that Cargo does not build.

.PHONY: wasm-target wasm-ways

# Makes sure that this machine can compile the checks to WebAssembly. Everything that
# builds the binary needs it; it does nothing where that is so already.
wasm-target:
	@scripts/wasm-target

# Goes every way to a compiler for the checks that this machine allows, and prints which
# worked. Installs nothing, and leaves nothing behind.
wasm-ways:
	@cargo run --quiet --package comfycheck-guest-build --bin wasm-ways
