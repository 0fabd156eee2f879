#!/usr/bin/env bash
# One night, then the cockpit and the Dagster UI until Ctrl-C:
#   tools/run.sh BIN [options of the night only] -- [options of both]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

gantry="$1/gantry"
shift
night=()
while [ "$#" -gt 0 ] && [ "$1" != "--" ]; do
    night+=("$1")
    shift
done
shift

code=0
"$gantry" run "$@" "${night[@]}" || code=$?
# 1: a check failed, and its figures are greyed. 2: the night failed, and the last good state is served if there
# is one. Anything else (wrong use, Ctrl-C) leaves nothing to show.
case "$code" in
    0 | 1 | 2) exec "$gantry" up "$@" ;;
    *) exit "$code" ;;
esac
