"""Finding programs the tests start, and the user they may run as."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin")


def find_program(*names: str, patterns: tuple[str, ...] = ()) -> str | None:
    """The path of the first of `names` on PATH or in system folders; what matches `patterns` goes before.

    Patterns are relative to the root folder; the highest version number in a path wins.
    """
    versioned = [path for pattern in patterns for path in Path("/").glob(pattern)]
    if versioned:
        return str(max(versioned, key=_version))
    search = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    return next((path for name in names if (path := shutil.which(name, path=search))), None)


def require_program(what: str, *names: str, patterns: tuple[str, ...] = ()) -> str:
    """Like `find_program`, but skips the test where there is none."""
    path = find_program(*names, patterns=patterns)
    if path is None:
        pytest.skip(f"{what} is not installed; `make test-system` installs it where apt may")
    return path


def unprivileged_user() -> str | None:
    """Whom to run a program as that refuses root, or that must be bound by permissions; None: as we are.

    Skips the test where we are root and there is nobody else to be.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("running as root, and there is neither a user postgres nor nobody to run as")


def bound_by_permissions() -> tuple[str, ...]:
    """What to start a program with so that read-only folders bind it: root gives up its privilege.

    Skips the test where root may not do that.
    """
    if os.geteuid() != 0:
        return ()
    prefix = (require_program("util-linux", "setpriv"), "--bounding-set=-dac_override")
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"running as root, and its privileges cannot be given up here: {tried.stderr.strip()}")
    return prefix


def _version(path: Path) -> list[int]:
    return [int(part) for part in path.parts if part.isdigit()]
