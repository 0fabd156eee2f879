#!/usr/bin/env bash
# A company shown: with --company (or GANTRY_COMPANY) one night, then the cockpit and the Dagster UI; without,
# the made-up company on its running systems. Until Ctrl-C.
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

case " $* ${GANTRY_COMPANY:+--company }" in
    *" --company "* | *" --data "*) ;;
    *) exec "$gantry" sandbox run "$@" ${night[@]+"${night[@]/#--date/--until}"} ;;
esac

code=0
"$gantry" run "$@" ${night[@]+"${night[@]}"} || code=$?
# 1: a check failed, and its figures are greyed. 2: the night failed, and the last good state is served if there
# is one. Anything else (wrong use, Ctrl-C) leaves nothing to show.
case "$code" in
    0 | 1 | 2) exec "$gantry" up "$@" ;;
    *) exit "$code" ;;
esac
