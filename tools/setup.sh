#!/usr/bin/env bash
# Makes .venv from requirements.lock (every file checked by its hash) and installs the project into it, editable.
# A second call returns at once; a changed lock, project file, folder or Python installs again.
# PYTHON=… chooses the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/lib.sh

VENV="$PWD/.venv"
LOCK=requirements.lock
STAMP="$VENV/.setup"
PY="$VENV/bin/python"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1

is_suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        is_suitable "$PYTHON" || die "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13"
        command -v "$PYTHON"
        return
    fi
    for candidate in python3.11 python3.12 python3.13 python3 python; do
        if is_suitable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    die "no Python 3.11, 3.12 or 3.13 found; on Debian 12: apt-get install python3 python3-venv, or name one: make setup PYTHON=/path/to/python"
}

can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

make_venv() {
    local python="$1"
    if can_make_venv "$python"; then
        "$python" -m venv "$VENV"
    elif command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
        uv venv --quiet --allow-existing --python "$python" "$VENV"
    elif say "Installing python3-venv: Debian ships Python without it" && install_venv_package "$python"; then
        "$python" -m venv "$VENV"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip "$VENV"
    else
        die "$python can make no virtual environment; install the package python3-venv (apt-get install python3-venv) and call again"
    fi
}

install_venv_package() {
    local versioned
    versioned="$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    { apt_install "$versioned" || apt_install python3-venv; } && can_make_venv "$1"
}

# The venv's own pip; where Debian gave none, the pip of the Python it was made from.
pip() {
    if "$PY" -m pip --version >/dev/null 2>&1; then
        "$PY" -m pip "$@"
    else
        "$BASE" -m pip --python "$PY" "$@"
    fi
}

# uv is many times quicker than pip; it comes from the lock too, so its hash is checked like any other.
find_uv() {
    if [ -x "$VENV/bin/uv" ] && "$VENV/bin/uv" --version >/dev/null 2>&1; then
        UV="$VENV/bin/uv"
        return
    fi
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' "$LOCK" >"$VENV/uv.lock"
    if pip install --quiet --require-hashes --no-deps -r "$VENV/uv.lock" >&2; then
        UV="$VENV/bin/uv"
    elif command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
        UV=uv
    else
        return 1
    fi
}

# uv reads neither pip's configuration nor the system's certificates: hand on what this machine uses.
follow_pip_settings() {
    local index cert system=/etc/ssl/certs/ca-certificates.crt
    index="${PIP_INDEX_URL:-$(pip config get global.index-url 2>/dev/null || true)}"
    cert="${PIP_CERT:-$(pip config get global.cert 2>/dev/null || true)}"
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
    if [ -z "$cert" ] && [ -s "$system" ]; then cert="$system"; fi
    if [ -n "$cert" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$cert}"; fi
}

install_all() {
    if find_uv; then
        follow_pip_settings
        if "$UV" pip install --quiet --python "$PY" --require-hashes -r "$LOCK" &&
            "$UV" pip install --quiet --python "$PY" --no-deps --no-build-isolation --editable .; then
            return
        fi
        say "uv did not get through; trying again with pip"
    fi
    pip install --quiet --require-hashes --no-deps -r "$LOCK" >&2
    pip install --quiet --no-deps --no-build-isolation --editable . >&2
}

# Once and on all cores, so that no first start pays for it, nor every start where Python may write no bytecode.
# Some packages ship templates that are no Python; those are not needed compiled.
compile_all() {
    "$PY" -m compileall -q -j 0 "$VENV/lib" >/dev/null || true
}

# What the environment was made from; the folder too, because scripts in a venv carry its path.
fingerprint() {
    printf 'folder %s\n' "$PWD"
    sha256sum "$LOCK" pyproject.toml tools/setup.sh
}

main() {
    if [ -x "$PY" ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$(fingerprint)" ] && is_suitable "$PY"; then
        return
    fi
    local started=$SECONDS
    if [ -e "$VENV" ] && { ! is_suitable "$PY" || { [ -e "$STAMP" ] && [ "$(head -n1 "$STAMP")" != "folder $PWD" ]; }; }; then
        say "Making .venv anew: it is broken, or was made in another folder or for another Python"
        rm -rf "$VENV"
    fi
    BASE="$(find_python)"
    if [ ! -x "$PY" ]; then
        say "Making .venv with $("$BASE" --version) ($BASE)"
        make_venv "$BASE"
    fi
    rm -f "$STAMP"
    say "Installing the $(grep -c '^[a-z0-9]' "$LOCK") packages of $LOCK"
    install_all
    compile_all
    fingerprint >"$STAMP"
    say "Ready in $((SECONDS - started)) s"
}

main "$@"
