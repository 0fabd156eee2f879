"""dbt's last parse of this project, carried from lake to lake: it depends on the project alone.

To parse all models and their tests takes dbt ten seconds; to see that nothing changed, one. dbt itself
compares every file with what it parsed, so an old parse does no harm.
"""

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from lake.settings import PROJECT_ROOT

log = logging.getLogger(__name__)
PARSE = "partial_parse.msgpack"


@contextmanager
def carried_parse(target: Path) -> Iterator[None]:
    """Give a lake that has no parse of its own the newest of this project, and keep what comes of it."""
    own, kept = target / PARSE, _kept()
    if not own.exists() and kept.exists():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, own)
    before = _stamp(own)
    yield
    if own.exists() and (not kept.exists() or _stamp(own) != before):
        try:
            _keep(own, kept)
        except OSError as error:
            # A person without a place for caches waits longer, and that is all.
            log.info("dbt's parse is not kept in %s: %s", kept.parent, error)


def _keep(own: Path, kept: Path) -> None:
    """Whole or not at all: other nights may be reading it."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f".{PARSE}.{os.getpid()}")
    shutil.copyfile(own, draft)
    draft.replace(kept)


def _stamp(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest() if path.exists() else b""


def kept_folder() -> Path:
    """Where this project keeps, for all lakes of one person, what depends on its SQL alone."""
    place = hashlib.sha256(str(PROJECT_ROOT).encode()).hexdigest()[:12]
    return Path(platformdirs.user_cache_dir("gantry")) / f"dbt-{place}"


def _kept() -> Path:
    return kept_folder() / PARSE
