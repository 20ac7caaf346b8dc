#!/usr/bin/env bash
# run.sh KILN URL: builds a small project with everything that artifacts hold, and reads them with other people's packages.
# The packages are installed once, into ~/.cache.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kiln=$(realpath "$1")
url=$2

packages="${XDG_CACHE_HOME:-$HOME/.cache}/kiln-artifacts-$(sha256sum "$here/requirements.txt" | cut -c1-12)"
if [ ! -x "$packages/ready" ]; then
  rm -rf "$packages"
  python3 -m venv "$packages"
  "$packages/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  printf '#!/bin/sh\n' > "$packages/ready"
  chmod +x "$packages/ready"
fi

project=$(mktemp -d)
database="kiln_artifacts_$$"
psql -q "$url" -c "create database $database"
trap 'cd /; rm -rf "$project"; psql -q "$url" -c "drop database if exists $database with (force)"' EXIT
cp -r "$here/project/." "$project"
cd "$project"
export KILN_ARTIFACTS_DATABASE=$database
address=${url#*@}
export KILN_ARTIFACTS_HOST=${address%%:*}
port=${address#*:}
export KILN_ARTIFACTS_PORT=${port%%/*}

# The rows first: the project looks at them as a source, too.
"$kiln" seed --quiet
"$kiln" build --log-format json --log-level debug > build.jsonl || { grep -E '"level":"(error|warn)"' build.jsonl >&2; exit 1; }
"$kiln" source freshness --quiet
"$kiln" ls --output json --quiet > ls.txt
"$kiln" docs generate --quiet
"$packages/bin/python" "$here/read_artifacts.py" "$project" 2> readers.log || { cat readers.log >&2; exit 1; }
