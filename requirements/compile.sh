#!/bin/sh
# Regenerates the locks: dev.txt holds everything, the others are parts of it at the same versions. The peers of the
# benchmark have locks of their own.
# Versions stay as they are if possible; --upgrade takes the newest, --check writes nothing and fails on a difference.
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
  cmp -s "$lock" "$target/$lock" || { echo "$lock is not what its source says; run: make lock" >&2; exit 1; }
done
