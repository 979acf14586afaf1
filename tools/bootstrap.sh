#!/bin/sh
# Makes .venv with Python 3.11 and everything in requirements.lock. Called by make.
#
# Safe to call at any time: it returns at once when nothing changed, goes on where an earlier run
# was interrupted, and a second call waits for the first. Set TIDEOVER_PYTHON to choose the
# interpreter; everything else it finds out.
set -eu
cd "$(dirname "$0")/.."

VENV=.venv
PYTHON="$VENV/bin/python"
STAMP="$VENV/.installed"    # what was installed, and where; a moved checkout is installed anew
BUSY="$VENV/.installing"    # stays behind when a run was cut short
LOCK="$VENV/.lock"
WAIT_SECONDS=1800

say() { printf '%s\n' "$*"; }

fail() {
    printf '\nTideover cannot be set up: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

fingerprint() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

wanted() {
    printf '%s %s %s\n' "$(fingerprint <requirements.lock)" "$(fingerprint <tools/install.py)" "$PWD"
}

is_ready() { [ -x "$PYTHON" ] && [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(wanted)" ]; }

# --- one at a time -----------------------------------------------------------------------------

take_lock() {
    mkdir -p "$VENV" || fail "the folder $PWD cannot be written." "Use a checkout of your own."
    waited=0
    until mkdir "$LOCK" 2>/dev/null; do
        holder=$(cat "$LOCK/pid" 2>/dev/null || true)
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
            rm -rf "$LOCK" # it died without cleaning up
            continue
        fi
        [ "$waited" -ne 0 ] || say "Waiting for another installation (process ${holder:-unknown}) ..."
        waited=$((waited + 1))
        [ "$waited" -le "$WAIT_SECONDS" ] ||
            fail "another installation does not end." "If none is running: rm -rf $PWD/$LOCK"
        sleep 1
    done
    printf '%s\n' "$$" >"$LOCK/pid"
    trap 'rm -rf "$LOCK"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# --- a Python 3.11 -----------------------------------------------------------------------------

is_311() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; }
can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

find_311() {
    for candidate in ${TIDEOVER_PYTHON:-} python3 python3.11 python; do
        if is_311 "$candidate"; then
            say "$candidate"
            return
        fi
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

apt_install() {
    command -v apt-get >/dev/null 2>&1 && may_be_root || return 1
    say "Installing the Debian package $1 ..."
    quiet_apt install -y --no-install-recommends "$1" 2>/dev/null ||
        { quiet_apt update && quiet_apt install -y --no-install-recommends "$1"; }
}

quiet_apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >/dev/null </dev/null; }

private_uv() { # uv brings its own Python 3.11; fetched with pip into a folder inside .venv
    for candidate in python3 python; do
        if "$candidate" -m pip --version >/dev/null 2>&1; then
            say "Fetching uv, which brings Python 3.11 ..."
            "$candidate" -m pip install -q --disable-pip-version-check --target "$VENV/.uv" uv &&
                UV="$VENV/.uv/bin/uv" && return
        fi
    done
    return 1
}

venv_by_uv() {
    say "Making .venv with uv ..."
    export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 # new and old name: trust whom the machine trusts, as pip does
    "$UV" venv -q --no-project --python 3.11 --seed --allow-existing "$VENV"
}

make_venv() {
    python=$(find_311)
    if [ -n "$python" ]; then
        if ! can_make_venv "$python"; then apt_install python3.11-venv || true; fi
        if can_make_venv "$python"; then
            say "Making .venv with $("$python" --version) ..."
            "$python" -m venv "$VENV"
            return
        fi
    fi
    UV=uv
    if command -v uv >/dev/null 2>&1 || private_uv; then
        venv_by_uv || fail "uv could not make an environment with Python 3.11." \
            "Install Python 3.11 yourself, then run make again."
        return
    fi
    if [ -n "$python" ]; then
        fail "$("$python" --version) is here, but it cannot make environments." \
            "Debian, Ubuntu:  sudo apt-get install python3.11-venv" \
            "Then run make again."
    fi
    fail "Python 3.11 is needed, and neither it nor uv is here." \
        "Debian 12:  sudo apt-get install python3 python3-venv" \
        "Elsewhere:  install uv (https://docs.astral.sh/uv/), which brings Python 3.11." \
        "Then run make again."
}

# --- the packages ------------------------------------------------------------------------------

empty_venv() { # everything but the lock, which this process holds
    find "$VENV" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf {} +
}

install() {
    if [ -f "$BUSY" ] || ! is_311 "$PYTHON" || ! "$PYTHON" -m pip --version >/dev/null 2>&1 ||
        { [ -f "$STAMP" ] && [ "$(cut -d' ' -f3- <"$STAMP")" != "$PWD" ]; }; then
        # Half-installed packages look installed to pip, so an interrupted run starts anew.
        empty_venv
        : >"$BUSY"
        make_venv
        rm -f "$BUSY"
    fi
    rm -f "$STAMP"
    "$PYTHON" tools/install.py requirements.lock "$BUSY" || fail "packages are missing (see above)." \
        "Check the network and, behind a proxy, pip's settings; then run make again."
    wanted >"$STAMP"
}

case "$(uname -s) $(uname -m)" in
    "Linux x86_64" | "Linux amd64") ;;
    *) is_ready || say "Note: requirements.lock is made for Linux on x86-64; elsewhere use a container." ;;
esac

is_ready && exit 0
take_lock
is_ready && exit 0
install
say "Ready: $PWD/$VENV"
