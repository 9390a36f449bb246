#!/usr/bin/env bash
# Keeps the parts interchangeable: who may import whom, what the core must not know, and how long a file may be.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
"$python" -c '' 2>/dev/null || python=.venv/bin/python

"$python" -B scripts/test_check_imports.py
"$python" -B scripts/check_imports.py

# A dependency may bring in what our own code does not name.
unwanted='^(tokio|mio|hyper|socket2|async-std|smol|rand|getrandom) v'
tree=$(cargo tree -p tinyrpc-core --all-features -e normal --prefix none)
if grep -E "$unwanted" <<<"$tree"; then
    echo "tinyrpc-core must not depend on these, not even by way of others" >&2
    exit 1
fi
