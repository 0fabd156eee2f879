#!/usr/bin/env bash
# Installs what the tests use beyond Python: Chromium, Mosquitto, PostgreSQL, Chinese fonts, and libatomic, which
# Playwright's driver is linked to.
# Where that is not allowed it says so and ends well: the tests that need them are skipped, each saying why.
# GANTRY_NO_APT=1 leaves the system alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/lib.sh

has_program() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$@" >/dev/null; }

missing_packages() {
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || echo libatomic1
    has_program chromium || has_program chromium-browser || has_program google-chrome || echo chromium
    has_program mosquitto || echo mosquitto
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has_program initdb || echo postgresql
    compgen -G '/usr/share/fonts/*/*/*[Cc][Jj][Kk]*' >/dev/null || [ -n "$(fc-list :lang=zh 2>/dev/null)" ] || echo fonts-noto-cjk
}

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi
if [ -n "${GANTRY_NO_APT:-}" ]; then
    say "Not installed, as GANTRY_NO_APT is set: ${missing[*]}. Tests that need them are skipped."
    exit 0
fi
say "Installing for the tests: ${missing[*]}"
# One at a time: one that cannot be had must not take the others along.
for package in "${missing[@]}"; do
    apt_install "$package" || say "Without $package; the tests that need it are skipped."
done
