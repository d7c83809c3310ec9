# The two commands of the README. Both install what a fresh Debian lacks and say so.
# `make demo`: the synthetic Winter City, struck, planned, checked, written to out/winter-city/
# `make test`: every test
.PHONY: demo test bench clean
CARGO = if [ -f "$$HOME/.cargo/env" ]; then . "$$HOME/.cargo/env"; fi; cargo

demo:
	@scripts/setup build
	@$(CARGO) run --release --locked -p relight-cli -- demo --out out/winter-city --overwrite

test:
	@scripts/setup test
	$(CARGO) nextest run --locked --workspace --no-fail-fast --cargo-profile ci
	$(CARGO) test --locked --workspace --doc --profile ci

bench:
	$(CARGO) bench --workspace

clean:
	cargo clean
