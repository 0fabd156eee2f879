"""Connections to the lake: DuckDB with the DuckLake catalogue attached as `lake`.

What does not belong here: which tables exist (tables.py), what readers see (publication.py).
"""

import importlib.resources
from pathlib import Path

import duckdb

from lake.settings import Settings

BUSY_TIMEOUT_MS = 30_000


def extension_file(name: str) -> Path:
    """The DuckDB extension `name` inside its PyPI wheel; loaded by path it needs no network and no home."""
    package = importlib.resources.files(f"duckdb_extension_{name}")
    return Path(str(package)) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def load_extensions(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Load DuckLake and what its catalogue needs, from their wheels."""
    catalogue = "postgres_scanner" if settings.has_postgres_catalog else "sqlite_scanner"
    for name in ("ducklake", catalogue):
        con.load_extension(str(extension_file(name)))


def attach_target(settings: Settings) -> str:
    """What stands after ATTACH: the catalogue's address."""
    if settings.has_postgres_catalog:
        return f"ducklake:postgres:{settings.catalog}"
    return f"ducklake:sqlite:{settings.paths.catalog}"


def data_path(settings: Settings) -> str:
    """Where the lake's Parquet files lie."""
    return settings.data_path or f"{settings.paths.files}/"


def attach_options(
    settings: Settings, *, read_only: bool = False, snapshot_version: int | None = None
) -> dict[str, str | int | bool]:
    """Options of ATTACH by name.

    WAL on the SQLite catalogue: without it one reader with a half-read result makes every commit fail.
    """
    options: dict[str, str | int | bool] = {"data_path": data_path(settings)}
    if not settings.has_postgres_catalog:
        options |= {"meta_journal_mode": "WAL", "meta_busy_timeout": BUSY_TIMEOUT_MS}
    if read_only:
        options["read_only"] = True
    if snapshot_version is not None:
        options["snapshot_version"] = snapshot_version
    return options


def connect_lake(
    settings: Settings, *, read_only: bool = False, snapshot_version: int | None = None
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB connection with the lake attached as `lake`, in UTC.

    `snapshot_version` pins reads to one snapshot and implies reading only. The caller closes it.
    """
    if not read_only and snapshot_version is None:
        settings.paths.files.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config=connection_config(settings))
    try:
        load_extensions(con, settings)
        con.execute(attach_statement(settings, read_only=read_only, snapshot_version=snapshot_version))
        con.execute("set timezone = 'UTC'")
    except duckdb.Error:
        con.close()
        raise
    return con


def attach_statement(
    settings: Settings, *, read_only: bool = False, snapshot_version: int | None = None
) -> str:
    """The ATTACH statement that brings the lake in as `lake`."""
    is_pinned = snapshot_version is not None
    options = attach_options(settings, read_only=read_only or is_pinned, snapshot_version=snapshot_version)
    listed = ", ".join(_option(name, value) for name, value in options.items())
    return f"attach {_quoted(attach_target(settings))} as lake ({listed})"


def connection_config(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB's configuration for every connection of ours: bounded, and nothing fetched on its own."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": settings.threads,
        "autoinstall_known_extensions": False,
    }
    if settings.memory_limit:
        config["memory_limit"] = settings.memory_limit
    return config


def current_snapshot(con: duckdb.DuckDBPyConnection) -> int:
    """The id of the lake's newest snapshot as this connection sees it."""
    row = con.execute("select id from lake.current_snapshot()").fetchone()
    if row is None:
        raise duckdb.Error("the lake has no snapshot; create it with `gantry ingest`")
    return int(row[0])


def _option(name: str, value: str | int | bool) -> str:
    if value is True:
        return name
    return f"{name} {value if isinstance(value, int) else _quoted(value)}"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
