#!/bin/sh
# Generate the lock files: dev.txt contains all packages, the others are subsets with the same versions. The peers of the
# benchmark have separate lock files.
# By default, locked versions are kept if possible. --upgrade locks the newest versions. --check writes nothing and fails if
# a lock file would change.
set -eu
cd "$(dirname "$0")/.."
here=requirements
peers=benchmarks/peers
target=.
case "${1:-}" in
  --check)
    shift
    target=$(mktemp -d)
    trap 'rm -rf "$target"' EXIT
    for lock in "$here"/*.txt "$peers"/*/requirements.txt; do
      mkdir -p "$target/${lock%/*}"
      cp "$lock" "$target/$lock"
    done
    ;;
  --upgrade) upgrade=--upgrade && shift ;;
esac
compile() {
  "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"
}
compile ${upgrade:-} --extra dev pyproject.toml -o "$target/$here/dev.txt"
for part in local predictor transformer jobs dashboard; do
  compile --extra "$part" pyproject.toml -c "$target/$here/dev.txt" -o "$target/$here/$part.txt"
done
compile "$here/build.in" -c "$target/$here/dev.txt" -o "$target/$here/build.txt"
compile ${upgrade:-} "$here/uv.in" -o "$target/$here/uv.txt"
for source in "$peers"/*/requirements.in; do
  compile ${upgrade:-} "$source" -o "$target/${source%.in}.txt"
done
[ "$target" = . ] || for lock in "$here"/*.txt "$peers"/*/requirements.txt; do
  cmp -s "$lock" "$target/$lock" || { echo "$lock: expected the lock of its source file, got a different one; run: make lock" >&2; exit 1; }
done
