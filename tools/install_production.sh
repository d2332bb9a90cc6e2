#!/usr/bin/env bash
# Installs the server for production: locked dependencies by hash, both distributions as wheels,
# neither compilers nor embedded databases nor test tools. The Dockerfile and CI run this.
#
#   tools/install_production.sh TARGET      makes the venv TARGET, $PYTHON or python3 inside
set -euo pipefail
target=${1:?usage: tools/install_production.sh TARGET}
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
pip() { "$1/bin/python" -m pip --disable-pip-version-check --no-input --quiet "${@:2}"; }

"${PYTHON:-python3}" -m venv "$scratch/build"
pip "$scratch/build" install --require-hashes -r requirements/build.txt
# setuptools writes beside what it builds, and the sources may be read-only.
mkdir "$scratch/sources"
cp -R client_sdk server pyproject.toml README.md "$scratch/sources/"
pip "$scratch/build" wheel --no-deps --no-build-isolation --wheel-dir "$scratch/wheels" \
    "$scratch/sources/client_sdk" "$scratch/sources"

"${PYTHON:-python3}" -m venv "$target"
pip "$target" install --require-hashes -r requirements/server.txt
pip "$target" install --no-deps --no-index "$scratch"/wheels/*.whl
pip "$target" check
