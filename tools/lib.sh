# Shared by the set-up scripts: saying things, and installing Debian packages where that is allowed.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# Prints the command prefix that makes us root, nothing when we are; fails where we may not become root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        printf ''
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        printf 'sudo -n '
    else
        return 1
    fi
}

# apt_install PACKAGE…: installs without asking; fails, saying why, where it may not or cannot.
apt_install() {
    local prefix
    command -v apt-get >/dev/null || { say "apt-get is not here (not a Debian system)"; return 1; }
    prefix="$(as_root)" || { say "neither root nor sudo without a password"; return 1; }
    local apt="${prefix}env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120 \
        -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Dpkg::Use-Pty=0"
    if ! $apt install --no-install-recommends "$@" </dev/null >/dev/null 2>&1; then
        # Fresh images carry no package lists; stale ones name files that are gone.
        $apt update </dev/null >/dev/null || { say "apt-get update failed"; return 1; }
        $apt install --no-install-recommends "$@" </dev/null >/dev/null || { say "apt-get install failed"; return 1; }
    fi
}
