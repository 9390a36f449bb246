#!/usr/bin/env bash
# Fuzzes the protocols and framings for a short while: with cargo-fuzz on a nightly compiler where both are installed,
# else with a seeded loop over the same checks, which any compiler builds.
#
# usage: scripts/fuzz.sh [TARGET...]     default: all of jsonrpc, msgpack, framing
#
# FUZZ_SECONDS  how long each target runs under cargo-fuzz, and all together in the seeded loop; default 20
# FUZZ_SEED     where the seeded loop begins; default 1
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-20}
targets=("$@")
[ $# -gt 0 ] || targets=(jsonrpc msgpack framing)

can_fuzz() {
    cargo fuzz --version >/dev/null 2>&1 && cargo +nightly --version >/dev/null 2>&1
}

if can_fuzz; then
    echo "fuzzing with cargo-fuzz, $seconds s a target"
    for target in "${targets[@]}"; do
        cargo +nightly fuzz run --features libfuzzer "$target" -- \
            -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1
    done
else
    echo "cargo-fuzz or a nightly compiler is not installed: running the seeded loop, $seconds s in all"
    cargo build --quiet --release --manifest-path fuzz/Cargo.toml --bin seeded
    each=$(((seconds + ${#targets[@]} - 1) / ${#targets[@]}))
    for target in "${targets[@]}"; do
        fuzz/target/release/seeded "$target" "$each" "${FUZZ_SEED:-1}"
    done
fi
