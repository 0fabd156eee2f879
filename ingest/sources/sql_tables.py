"""Tables of SQL databases, fetched by dlt in Arrow batches: one statement, hence one state of the table."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ingest.company import Source
from ingest.cursor import moved_back, sql_text, stamp_of
from ingest.landing import Batch, kind_of
from ingest.live import Live, filled
from ingest.problems import SourceError
from ingest.sources.sql_backend import backend_of

BATCH_ROWS = 50_000
#: What Rust's panics are called in Python, which cannot be imported.
PANIC = "PanicException"
#: What people write for PostgreSQL, and the driver that we ship.
POSTGRES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


class SqlFetcher:
    """Any database that SQLAlchemy reaches; others than SQLite and PostgreSQL need their driver."""

    def batches(self, source: Source, since: str | None) -> Iterator[Batch]:
        """Rows that changed since the stamp `since` minus the overlap, or all; always those without one."""
        live = source.live
        assert live is not None
        engine = None
        try:
            engine = sa.create_engine(_url(filled(live.url, source.name)), pool_pre_ping=True)
            yield from _fetch(source, live, engine, since)
        except sa.exc.NoSuchTableError as error:
            message = f"no table {error}"
            raise SourceError("source_refused", source=source.name, error=message) from error
        except (sa.exc.SQLAlchemyError, ModuleNotFoundError) as error:
            raise SourceError(_told(error), source=source.name, error=_reason(error)) from error
        finally:
            if engine is not None:
                engine.dispose()


def _fetch(source: Source, live: Live, engine: sa.Engine, since: str | None) -> Iterator[Batch]:
    # A seconds-long import, for those alone who have such a source.
    from dlt.extract.exceptions import ResourceExtractionError
    from dlt.sources.sql_database import sql_table

    columns = sa.inspect(engine).get_columns(live.table, schema=live.schema)
    _check_cursor(source, live, columns)
    backend = backend_of(engine, columns, BATCH_ROWS)

    def changed(query: sa.Select, table: sa.Table) -> sa.Select:
        stamp = stamp_of(since)
        if live.cursor is None or stamp is None or since is None:
            return query
        column = table.columns[live.cursor]
        start = moved_back(stamp, live.overlap)
        # SQLite has no type for moments: it compares texts.
        is_text = isinstance(column.type, sa.String) or (
            engine.dialect.name == "sqlite" and isinstance(start, date)
        )
        news = sa.type_coerce(column, sa.String) >= sql_text(start, since) if is_text else column >= start
        return query.where(sa.or_(news, column.is_(None)))

    resource = sql_table(
        credentials=engine,
        table=live.table,
        schema=live.schema,
        backend=backend.name,
        backend_kwargs=backend.options,
        chunk_size=BATCH_ROWS,
        reflection_level="full_with_precision",
        query_adapter_callback=changed,
    )
    try:
        for fetched in resource:
            if isinstance(fetched, pa.Table):
                batch = backend.mended(fetched)
                yield Batch(batch, {column.name: kind_of(column.type) for column in batch.schema})
    except ResourceExtractionError as error:
        cause = error.__cause__ or error
        if isinstance(cause, RuntimeError):
            # ConnectorX has one kind of error for all; its words tell them apart.
            told = "source_down" if "connect" in str(cause) else "source_refused"
            raise SourceError(told, source=source.name, error=_reason(cause)) from error
        raise cause from error
    except BaseException as error:
        # A connection that dies between two batches makes ConnectorX panic: an exception, but no Exception.
        if type(error).__name__ != PANIC:
            raise
        raise SourceError("source_down", source=source.name, error=_reason(error)) from error


def _check_cursor(source: Source, live: Live, columns: list[Any]) -> None:
    names = [column["name"] for column in columns]
    if live.cursor is not None and live.cursor not in names:
        known = ", ".join(names)
        raise SourceError(
            "source_no_column", source=source.name, column=live.cursor, setting="cursor", known=known
        )


def _url(text: str) -> sa.URL:
    url = sa.make_url(text)
    return url.set(drivername=POSTGRES.get(url.drivername, url.drivername))


def _told(error: Exception) -> str:
    is_connection = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    return "source_down" if is_connection else "source_refused"


def _reason(error: BaseException) -> str:
    """The driver's own words; SQLAlchemy's would repeat the statement with its values."""
    original = getattr(error, "orig", None) or error
    return str(original).strip().partition("\n")[0]
