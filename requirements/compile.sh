#!/bin/sh
# Regenerates the locks: dev.txt holds everything, the others are parts of it at the same versions.
# Nothing moves that need not; --upgrade takes the newest, --check writes nothing and fails on a difference.
set -eu
cd "$(dirname "$0")/.."
here=requirements
target=$here
case "${1:-}" in
  --check)
    shift
    target=$(mktemp -d)
    trap 'rm -rf "$target"' EXIT
    cp "$here"/*.txt "$target"
    ;;
  --upgrade) upgrade=--upgrade && shift ;;
esac
compile() {
  "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"
}
compile ${upgrade:-} --extra dev pyproject.toml -o "$target/dev.txt"
for part in local predictor transformer jobs dashboard; do
  compile --extra "$part" pyproject.toml -c "$target/dev.txt" -o "$target/$part.txt"
done
compile "$here/build.in" -c "$target/dev.txt" -o "$target/build.txt"
compile ${upgrade:-} "$here/uv.in" -o "$target/uv.txt"
[ "$target" = "$here" ] || for lock in "$here"/*.txt; do
  cmp -s "$lock" "$target/${lock##*/}" || { echo "$lock is not what pyproject.toml says; run: make lock" >&2; exit 1; }
done
