#!/usr/bin/env bash
# Runs every example; each checks its own results and ends by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q -p tinyrpc --all-features --examples
target=${CARGO_TARGET_DIR:-target}/debug/examples
# Some start a program that scripts/setup.sh installs.
export PATH=$PWD/.venv/bin:$PATH
declare -A wants=([language_server]=pylsp [neovim]=nvim)
count=0
for source in crates/tinyrpc/examples/*.rs; do
    name=$(basename "$source" .rs)
    arguments=()
    # Its own port may be taken on this machine.
    [ "$name" = quickstart ] && arguments=("http://127.0.0.1:0/")
    if [ -n "${wants[$name]:-}" ] && ! command -v "${wants[$name]}" >/dev/null; then
        echo "example $name left out: there is no ${wants[$name]} (run scripts/setup.sh)"
        continue
    fi
    echo "example $name"
    output=$(timeout 60 "$target/$name" "${arguments[@]}" 2>&1) || { echo "$output"; echo "example $name failed"; exit 1; }
    count=$((count + 1))
done
echo "$count examples ran"
