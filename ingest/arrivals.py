"""The step before the door: what a table's live sources have that the lake has not seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.company import Feed, Source, SourceFile, TableMap
from ingest.cursor import newest, stamp_of
from ingest.landing import UNKNOWN, Fetched, Landing, TypeChangedError
from ingest.ledger import Past, SourceState, mapping_hash
from ingest.sources import fetcher_of
from lake.contracts import Contract
from lake.run import RunContext


@dataclass
class Arrivals:
    """What came from live sources: rows and states by source name, deleted rows by feed."""

    rows: dict[str, list[SourceFile]] = field(default_factory=dict)
    deleted: list[tuple[Feed, SourceFile]] = field(default_factory=list)
    states: dict[str, SourceState] = field(default_factory=dict)

    def files_of(self, source: Source) -> list[SourceFile]:
        """The files to read of a source: what was fetched, or for files what lies there."""
        return self.rows.get(source.name, []) if source.live else source.files()


@contextmanager
def arrived(
    table_map: TableMap, contract: Contract, run: RunContext, past: Past, folder: Path
) -> Iterator[Arrivals]:
    """Fetch what a table's live sources have new into `folder`/<source>; the files go when the load is over.

    A source's state holds for one mapping: after a change of it everything is fetched. Nothing is remembered
    here: the door writes `Arrivals.states` with the rows, so that a load that fails is fetched again. Raises
    SourceError, TypeChangedError among them.
    """
    arrivals, mapping = Arrivals(), mapping_hash(table_map, contract)
    sources = {feed.source.name: feed.source for feed in table_map.feeds if feed.source.live}
    try:
        for name, source in sources.items():
            state = past.states.get((contract.name, name))
            if state is not None and state.mapping != mapping:
                state = None
            _clear(folder / name, contract.name)
            fetched = _fetch(source, contract.name, run, state, folder)
            arrivals.rows[name] = [fetched.rows] if fetched.rows else []
            if fetched.rows_fetched:
                arrivals.states[name] = _moved(state, fetched, mapping)
            if fetched.deleted:
                feeds = [feed for feed in table_map.feeds if feed.source.name == name]
                arrivals.deleted += [(feed, fetched.deleted) for feed in feeds]
        yield arrivals
    finally:
        for name in sources:
            _clear(folder / name, contract.name)


def _fetch(source: Source, table: str, run: RunContext, state: SourceState | None, folder: Path) -> Fetched:
    fetcher, live = fetcher_of(source.connector), source.live
    assert fetcher is not None
    assert live is not None
    # Values are there in clear until the door has protected them: nobody else may look.
    (folder / source.name).mkdir(parents=True, exist_ok=True, mode=0o700)
    # With a stamp each fetch is news; without, the same rows give the same file, which is not read again.
    name = f"{table}-{run.run_id}" if live.cursor else table
    landing = Landing(source, folder / source.name, name)
    fetched = landing.take(fetcher.batches(source, state.cursor if state else None))
    if state is not None:
        _compare(source, state.kinds, fetched.kinds)
    return fetched


def _compare(source: Source, before: dict[str, str], now: dict[str, str]) -> None:
    changes = {
        column: (before[column], kind)
        for column, kind in now.items()
        if UNKNOWN not in (kind, before.get(column, UNKNOWN)) and before[column] != kind
    }
    if changes:
        raise TypeChangedError(source.name, changes)


def _moved(state: SourceState | None, fetched: Fetched, mapping: str) -> SourceState:
    """The state after the load: the stamp never goes back, a kind once seen stays known."""
    texts = [text for text in (state.cursor if state else None, fetched.cursor) if text]
    stamps = {stamp: text for text in texts if (stamp := stamp_of(text)) is not None}
    best = newest(list(stamps))
    known = {name: kind for name, kind in (state.kinds if state else {}).items() if kind != UNKNOWN}
    kinds = fetched.kinds | known
    return SourceState(stamps[best] if best is not None else None, kinds, mapping)


def _clear(folder: Path, table: str) -> None:
    """Remove a table's files of this load, or what a killed one left behind."""
    for path in folder.glob(f"{table}[-.]*"):
        path.unlink()
