#!/usr/bin/env bash
# The full test command: all that has to hold before a change is merged, on a bare Debian with Rust.
#
# usage: scripts/test.sh [STEP...]     run all steps, or only those named, in the order below
#        scripts/test.sh --list        print the steps
#
# Stops at the first step that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

STEPS=(setup fmt clippy features imports licences test doc bench fuzz examples)

describe() {
    case $1 in
    setup) echo "install what is missing: Debian packages, .venv and .node with what tests need" ;;
    fmt) echo "the code is formatted" ;;
    clippy) echo "no warnings, tests and examples included" ;;
    features) echo "each feature compiles alone, and so does none, without warnings" ;;
    imports) echo "the parts import only what they may; no file above 500 lines" ;;
    licences) echo "dependencies have licences that we accept (needs cargo-deny, else left out)" ;;
    test) echo "all tests, those against Python included" ;;
    doc) echo "the documentation builds without warnings" ;;
    bench) echo "the benchmarks compile, and streams agree with jsonrpsee" ;;
    fuzz) echo "the fuzz targets run for a short while" ;;
    examples) echo "the examples run" ;;
    esac
}

step_setup() { ./scripts/setup.sh; }

step_fmt() { cargo fmt --all -- --check; }

step_clippy() { cargo clippy --workspace --all-targets --all-features -- -D warnings; }

# Prints "PACKAGE FEATURE" for each feature of each published package, and "PACKAGE" for none.
packages_and_features() {
    cargo metadata --no-deps --format-version 1 | "$PYTHON" -c '
import json, sys

for package in json.load(sys.stdin)["packages"]:
    if package["publish"] != [] and package["features"]:
        for feature in ["", *package["features"]]:
            print(package["name"], feature)
'
}

step_features() {
    local list package feature
    list=$(packages_and_features)
    [ -n "$list" ] || { echo "found no features"; return 1; }
    while read -r package feature; do
        echo "$package, ${feature:-no feature}"
        quiet_check -p "$package" --no-default-features ${feature:+--features "$feature"}
    done <<<"$list"
}

# A check whose warnings are errors. Not by RUSTFLAGS, which would build all dependencies anew.
quiet_check() {
    local output
    output=$(cargo check --quiet "$@" 2>&1) || { printf '%s\n' "$output"; return 1; }
    [ -z "$output" ] && return
    printf '%s\n' "$output"
    ! grep -q '^warning' <<<"$output"
}

step_imports() { ./scripts/check-imports.sh; }

step_licences() {
    if command -v cargo-deny >/dev/null; then
        cargo deny --all-features check licenses bans sources
    else
        echo "left out: cargo-deny is not installed"
    fi
}

# TINYRPC_TEST_FULL: a test whose Python peer is missing fails instead of being left out.
# TINYRPC_TEST_ROWS: the interop tests each leave a row for the table here.
step_test() {
    local rows=$PWD/target/interop status=0
    rm -rf "$rows"
    mkdir -p "$rows"
    TINYRPC_TEST_FULL=1 TINYRPC_TEST_ROWS=$rows cargo test --workspace --all-features || status=$?
    printf '\nWith other implementations:\n%-11s%-10s%-30s%s\n' transport protocol direction result
    find "$rows" -name '*.txt' -exec cat {} + | sort
    return "$status"
}

step_doc() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps; }

step_bench() {
    if [ -d bench ]; then
        (cd bench && cargo check --all-targets && cargo test --test subscriptions)
    else
        echo "left out: there is no bench/"
    fi
}

step_fuzz() { run_if_there scripts/fuzz.sh; }

step_examples() { run_if_there scripts/examples.sh; }

run_if_there() {
    if [ -f "$1" ]; then
        bash "$1"
    else
        echo "left out: there is no $1"
    fi
}

usage() {
    sed -n '2,/^set/ { /^#/ s/^# \{0,1\}//p }' scripts/test.sh
    echo
    list
}

list() {
    local step
    for step in "${STEPS[@]}"; do
        printf '  %-10s %s\n' "$step" "$(describe "$step")"
    done
}

chosen=("${STEPS[@]}")
case ${1:-} in
--help | -h) usage; exit ;;
--list) list; exit ;;
esac
if [ $# -gt 0 ]; then
    for name in "$@"; do
        [[ " ${STEPS[*]} " == *" $name "* ]] || { echo "no step $name; there are: ${STEPS[*]}" >&2; exit 2; }
    done
    chosen=()
    for step in "${STEPS[@]}"; do
        [[ " $* " == *" $step "* ]] && chosen+=("$step")
    done
fi

exec </dev/null # No step may wait for somebody to type.
[ -t 1 ] || export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
export CARGO_TERM_PROGRESS_WHEN=${CARGO_TERM_PROGRESS_WHEN:-never}
export CARGO_NET_RETRY=${CARGO_NET_RETRY:-5}
export RUST_BACKTRACE=${RUST_BACKTRACE:-1}
# A clean build gains nothing from what incremental ones keep.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0
# For the small scripts of the steps: any Python does, so that a step alone needs no set-up.
PYTHON=python3
python3 -c '' 2>/dev/null || PYTHON=.venv/bin/python

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

summary=()
for step in "${chosen[@]}"; do
    printf '\n=== %s: %s\n' "$step" "$(describe "$step")"
    started=$SECONDS
    # A subshell with its own -e, outside any condition, which would switch -e off in it.
    set +e
    (set -e; "step_$step")
    status=$?
    set -e
    took=$(clock $((SECONDS - started)))
    if [ "$status" -ne 0 ]; then
        printf '=== %s FAILED after %s min. To run it alone: scripts/test.sh %s\n' "$step" "$took" "$step"
        exit 1
    fi
    printf '=== %s ok, %s min\n' "$step" "$took"
    summary+=("$(printf '%-10s ok %6s min' "$step" "$took")")
done

printf '\n=== Summary\n'
printf '%s\n' "${summary[@]}"
printf '%-10s ok %6s min\n' "all" "$(clock "$SECONDS")"
