"""Publications as readers see them: which states exist, which is the newest, and how to open one.

A publication is one DuckDB file under `<lake>/published/`; a pointer, switched by atomic rename, names
the newest. Making publications is publishing.py's subject.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from lake.settings import LakePaths, Settings
from lake.text import text

POINTER = "current.json"
LAST_RUN = "last_run.json"


class PublicationError(RuntimeError):
    """The publication asked for is not there; the message names what is."""


@dataclass(frozen=True)
class Publication:
    """One published state: `night-YYYY-MM-DD[.n]` or `refresh-<UTC>`."""

    name: str
    snapshot_id: int
    as_of_on: date
    kind_code: str
    status_code: str
    published_at: datetime
    run_id: str
    file_name: str


@dataclass(frozen=True)
class LastRun:
    """How the newest run stands: running, ok, check_failed or failed."""

    run_id: str
    kind_code: str
    as_of_on: date
    started_at: datetime
    finished_at: datetime | None
    status_code: str
    message: str


def current_publication(settings: Settings) -> Publication | None:
    """The newest publication, or None while there is none."""
    return pointed_to(settings.paths)


def pointed_to(paths: LakePaths) -> Publication | None:
    """The publication of this lake that readers see, or None while there is none."""
    content = _read_json(paths.published / POINTER)
    if content is None:
        return None
    content["as_of_on"] = date.fromisoformat(content["as_of_on"])
    content["published_at"] = datetime.fromisoformat(content["published_at"])
    return Publication(**content)


def list_publications(settings: Settings) -> list[Publication]:
    """Every published state, newest first, as the newest publication lists them."""
    if current_publication(settings) is None:
        return []
    with connect_publication(settings) as con:
        rows = con.execute(
            "select name, snapshot_id, as_of_on, kind_code, status_code, published_at, run_id, file_name"
            " from ops.publication order by published_at desc, name desc"
        ).fetchall()
    return [Publication(*row) for row in rows]


def find_publication(settings: Settings, name_or_date: str | None = None) -> Publication:
    """The publication of that name, or the newest of that business date (ISO), or the newest of all.

    Raises PublicationError naming the newest ones when there is no such publication.
    """
    newest = current_publication(settings)
    if newest is None:
        raise PublicationError(text("lake.no_publication", settings.language, lake=settings.paths.root))
    if name_or_date is None or name_or_date in (newest.name, newest.as_of_on.isoformat()):
        return newest
    known = list_publications(settings)
    for publication in known:
        if name_or_date in (publication.name, publication.as_of_on.isoformat()):
            return publication
    names = ", ".join(publication.name for publication in known[:5])
    raise PublicationError(
        text("lake.unknown_publication", settings.language, name=name_or_date, known=names)
    )


def connect_publication(settings: Settings, name: str | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection on a published file (marts, ml, ops); any number of processes may hold one.

    `name` is a publication's name or a business date; None is the newest. The caller closes it.
    """
    publication = find_publication(settings, name)
    path = settings.paths.published / publication.file_name
    if not path.exists():
        raise PublicationError(text("lake.publication_cleaned", settings.language, name=publication.name))
    con = duckdb.connect(str(path), read_only=True)
    con.execute("set timezone = 'UTC'")
    return con


def point_to(paths: LakePaths, publication: Publication) -> None:
    """Make `publication` the one that readers see, by atomic rename."""
    _write_json(paths.published / POINTER, asdict(publication))


def last_run(settings: Settings) -> LastRun | None:
    """How the newest run stands, or None before the first; needs no lake connection."""
    content = _read_json(settings.paths.published / LAST_RUN)
    if content is None:
        return None
    content["as_of_on"] = date.fromisoformat(content["as_of_on"])
    for name in ("started_at", "finished_at"):
        content[name] = datetime.fromisoformat(content[name]) if content[name] else None
    return LastRun(**content)


def note_run(paths: LakePaths, run: LastRun) -> None:
    """Tell readers how the newest run stands."""
    paths.published.mkdir(parents=True, exist_ok=True)
    _write_json(paths.published / LAST_RUN, asdict(run))


def finished(run: LastRun, *, at: datetime, status_code: str, message: str = "") -> LastRun:
    """`run` as it ended."""
    return replace(run, finished_at=at, status_code=status_code, message=message)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _write_json(path: Path, content: dict[str, Any]) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, default=_iso, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def _iso(value: date | datetime) -> str:
    return value.isoformat()
