#!/usr/bin/env bash
# Makes the machine ready for scripts/test.sh: missing Debian packages, missing Rust components, .venv with the Python
# packages of interop/requirements.txt, and .node with the npm packages of interop/node-packages.txt. What is there already
# is left alone, so a second run takes no time.
#
# PYTHON names the Python for .venv; default: python3.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 2 ]; then
        sudo "$@"
    else
        sudo -n "$@" # Nobody is there to type a password.
    fi
}

# Waits for another apt to be done.
apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)

# An installation that was interrupted leaves packages that are there, but not set up, and apt refuses to go on before they are.
# Without success the rest says what is still missing.
finish_installation() {
    [ -n "$(dpkg --audit 2>/dev/null || true)" ] || return 0
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || return 0
    echo "setup: finishing an installation that was interrupted"
    as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a </dev/null >/dev/null || true
    as_root "${apt[@]}" install --yes --fix-broken --no-install-recommends </dev/null >/dev/null || true
}

# Installs Debian packages. The lists are brought up to date only if it does not work without.
install() {
    command -v apt-get >/dev/null || fail "missing: $*. Install them with your package manager, then run this again."
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        fail "missing: $*. Neither root nor sudo here; as root run: apt-get update && apt-get install $*"
    echo "setup: installing $*"
    as_root "${apt[@]}" install --yes --no-install-recommends "$@" >/dev/null 2>&1 </dev/null && return
    as_root "${apt[@]}" update </dev/null || fail "missing: $*, and apt-get update failed"
    as_root "${apt[@]}" install --yes --no-install-recommends "$@" >/dev/null </dev/null ||
        fail "could not install $*"
}

can_make_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

debian_packages() {
    local missing=()
    finish_installation
    command -v cc >/dev/null || missing+=(gcc libc6-dev) # Rust needs a linker.
    command -v valgrind >/dev/null || missing+=(valgrind)
    # The tests start a broker of their own from it; nothing needs the system's service.
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
    # An editor that tinyrpc talks to, and what runs the npm packages.
    command -v nvim >/dev/null || missing+=(neovim)
    { command -v node && command -v npm; } >/dev/null || missing+=(nodejs npm)
    python=${PYTHON:-python3}
    if ! can_make_venv "$python"; then
        # Not there, or Debian's without the package that venv needs, or a version manager's stub. Debian's will do.
        python=/usr/bin/python3
        can_make_venv "$python" || missing+=(python3 python3-venv)
    fi
    [ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
    can_make_venv "$python" || fail "$python cannot make virtual environments"
}

rust_components() {
    command -v cargo >/dev/null || fail "no cargo here; see https://rustup.rs"
    local component
    for component in fmt clippy; do
        cargo "$component" --version >/dev/null 2>&1 && continue
        command -v rustup >/dev/null || fail "no cargo $component, and no rustup to add it"
        rustup component add "$([ "$component" = fmt ] && echo rustfmt || echo clippy)"
    done
}

virtual_environment() {
    local wanted stamp=.venv/requirements.sha256
    wanted=$(sha256sum <interop/requirements.txt)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
        return
    fi
    echo "setup: making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r interop/requirements.txt
    printf '%s\n' "$wanted" >"$stamp" # Last, so that an interrupted run is not taken for a complete one.
}

node_packages() {
    local wanted stamp=.node/packages.sha256
    wanted=$(sha256sum <interop/node-packages.txt)
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    echo "setup: making .node with node $(node --version)"
    rm -rf .node
    mkdir .node
    local packages
    mapfile -t packages < <(grep -v '^#' interop/node-packages.txt)
    # Their install scripts would build optional native parts, which nothing here needs.
    npm install --prefix .node --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "${packages[@]}"
    printf '%s\n' "$wanted" >"$stamp"
}

debian_packages
rust_components
virtual_environment
node_packages
echo "setup: ready"
