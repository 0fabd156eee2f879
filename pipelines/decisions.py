"""What people decided, on its way into the lake: the action store as one more source of the company."""

from contextlib import closing
from dataclasses import replace

from actions.export import EXPORTS, SCHEMAS, write_exports
from actions.store import ActionStore
from ingest.company import ColumnMap, Company, Feed, Source, TableMap
from lake.settings import Settings

ACTION_SOURCE = "action_store"
#: The raw tables that actions feed.
ACTION_TABLES = tuple(EXPORTS)


def only_decisions(company: Company) -> Company:
    """The feeds of the action store alone, for a refresh: what else feeds these tables is the night's."""
    tables = {}
    for name in ACTION_TABLES:
        table = company.tables.get(name)
        feeds = tuple(feed for feed in table.feeds if feed.source.name == ACTION_SOURCE) if table else ()
        if table and feeds:
            # A part is no extract that collapsed, and leaves the rows of the other feeds alone.
            tables[name] = replace(table, feeds=feeds, extract="delta")
    return replace(company, tables=tables)


def with_decisions(company: Company, settings: Settings) -> Company:
    """`company` with its action store, written to the landing folder, as feeds beside its own.

    A store without actions changes nothing, so a company that has never decided anything has no such file.
    """
    with closing(ActionStore.open(settings)) as store:
        written = write_exports(store, settings.paths.landing / "actions")
    if not written:
        return company
    # One source of many files: each feed reads the file of its own table.
    tables = dict(company.tables)
    for name, path in written.items():
        source = Source(ACTION_SOURCE, "parquet", (str(path),), (settings.paths.landing,))
        feed = Feed(source, tuple(ColumnMap(column, column=column) for column in SCHEMAS[name].names()))
        table = tables.get(name) or TableMap(name, ())
        tables[name] = replace(
            table, feeds=(*table.feeds, feed), definition=f"{table.definition} + {ACTION_SOURCE}"
        )
    return replace(company, tables=tables)
