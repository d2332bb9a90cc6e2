#!/usr/bin/env bash
# Makes .venv, or brings it up to date with the lock files. Called by the Makefile.
#
#   tools/make_venv.sh            uses $PYTHON, or the newest supported python found
set -euo pipefail
cd "$(dirname "$0")/.."

suitable() {
    "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if suitable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "make: no Python 3.11 or newer with the venv module found" \
         "(looked for ${PYTHON:-python3.13, python3.12, python3.11, python3}); set PYTHON" >&2
    return 1
}

# Scripts in a venv name its folder: a checkout that was moved, or whose Python is gone, starts anew.
usable() {
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null &&
        [ "$(.venv/bin/python -c 'import sys; print(sys.prefix)')" = "$PWD/.venv" ] &&
        head -n 1 .venv/bin/pip | grep -qF "$PWD/.venv"
}

if ! usable; then
    python=$(find_python)
    echo "make: creating .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

echo "make: installing the locked requirements (the first time takes a while)"
pip install --quiet --require-hashes -r requirements/dev.txt
# `compat` puts plain folders on sys.path, which type checkers understand, instead of an import hook.
# setuptools warns about every editable installation: shown only if it fails.
log=.venv/editable.log
if ! pip install --no-deps --no-build-isolation --config-settings editable_mode=compat \
    -e client_sdk -e . >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
