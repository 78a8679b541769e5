#!/bin/sh
# Regenerates the locks: dev.txt holds everything, the others are parts of it at the same versions.
# Without arguments nothing moves that need not; `requirements/compile.sh --upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/.."
compile() {
  "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"
}
compile --extra dev pyproject.toml -o requirements/dev.txt "$@"
for part in local predictor transformer; do
  compile --extra "$part" pyproject.toml -c requirements/dev.txt -o "requirements/$part.txt"
done
