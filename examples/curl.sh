#!/bin/sh
# Requests forecasts by symbol and by window. Usage: sh curl.sh [SYMBOL]
set -eu
url=${NEXTCLOSE_URL:-http://127.0.0.1:8080}/v2/models/nextclose/infer

curl -sS --fail-with-body "$url" \
  -d '{"inputs":[{"name":"symbol","datatype":"BYTES","shape":[1],"data":["'"${1:-PETR4.SA}"'"]}]}'
echo

closes=$(LC_ALL=C awk 'BEGIN { for (day = 0; day < 60; day++) printf "%s%.2f", day ? "," : "", 36 + day % 9 / 20 }')
curl -sS --fail-with-body "$url" \
  -d '{"inputs":[{"name":"close","datatype":"FP64","shape":[1,60],"data":['"$closes"']}]}'
echo
