"""Which raw columns a figure is made of: the columns of every model traced through its compiled SQL.

A model's SQL is parsed once; what its columns read is kept by the text of the SQL, so that a night parses
only what changed. Filters and joins say which rows count, not what a value is made of: they are no lineage
of a column, and a figure's tables come from dbt's graph instead (lineage.py).
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

log = logging.getLogger(__name__)
DIALECT = "duckdb"
#: A column of a table, both by their bare names.
Place = tuple[str, str]
#: For each column of one model, the columns of other tables that it reads.
Read = dict[str, list[Place]]


def columns_read(sql: str, schema: Mapping[str, Mapping[str, str]]) -> Read:
    """What each output column of a query reads; `schema` holds columns and types by bare table name.

    Raises SqlglotError for SQL that cannot be parsed or whose columns cannot be found.
    """
    query = parse_one(sql, read=DIALECT)
    for table in query.find_all(exp.Table):
        # Tables are known by their names alone: no two of ours share one.
        table.set("db", None)
        table.set("catalog", None)
    known = {table: dict(columns) for table, columns in schema.items()}
    query = qualify(
        query, dialect=DIALECT, schema=known, validate_qualify_columns=False, quote_identifiers=False
    )
    scope = build_scope(query)
    if scope is None:
        return {}
    tracer = _Tracer()
    return {name: sorted(places) for name, places in tracer.outputs(scope).items()}


class _Tracer:
    """Follows columns through the scopes of one query; each scope is looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, dict[str, set[Place]]] = {}

    def outputs(self, scope: Scope) -> dict[str, set[Place]]:
        """The leaves of every output column of a scope."""
        if id(scope) not in self._known:
            self._known[id(scope)] = {}
            self._known[id(scope)] = self._traced(scope)
        return self._known[id(scope)]

    def _traced(self, scope: Scope) -> dict[str, set[Place]]:
        if parts := [self.outputs(part) for part in scope.set_operation_scopes or ()]:
            # A set operation's columns are its parts' by position, named by the first part.
            places = zip(*(part.values() for part in parts), strict=False)
            return {name: set().union(*each) for name, each in zip(parts[0], places, strict=False)}
        select = scope.expression
        if not isinstance(select, exp.Select):
            return {}
        return {each.alias_or_name: self._leaves(each, scope) for each in select.selects}

    def _leaves(self, expression: exp.Expression, scope: Scope) -> set[Place]:
        found: set[Place] = set()
        for column in expression.find_all(exp.Column):
            found |= self._column(column, scope)
        return found

    def _column(self, column: exp.Column, scope: Scope) -> set[Place]:
        home: Scope | None = scope
        while home is not None:
            source = home.sources.get(column.table)
            if isinstance(source, Scope):
                return self.outputs(source).get(column.name, set())
            if isinstance(source, exp.Table):
                return {(source.name, column.name)}
            home = home.parent
        # A column of a subquery within the expression: its tables stand in a scope below.
        for inner in scope.subquery_scopes:
            source = inner.sources.get(column.table)
            if isinstance(source, exp.Table):
                return {(source.name, column.name)}
            if isinstance(source, Scope):
                return self.outputs(source).get(column.name, set())
        return set()


@dataclass(frozen=True)
class ColumnGraph:
    """What each column of each model reads, one step; tables that are no models are where the way ends.

    A forecast's every column is made from all that the forecast reads.
    """

    reads: Mapping[str, Read]
    forecasts: Mapping[str, list[Place]] = field(default_factory=dict)

    def leaves(self, places: Iterable[Place]) -> set[Place]:
        """The columns of raw tables, seeds and forecasts that `places` are made of."""
        found: set[Place] = set()
        seen: set[Place] = set()
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            table, column = place
            if table in self.forecasts:
                waiting += self.forecasts[table]
            elif table in self.reads:
                waiting += [(name, each) for name, each in self.reads[table].get(column, [])]
            else:
                found.add(place)
        return found


def column_graph(
    models: Mapping[str, str],
    parents: Mapping[str, Iterable[str]],
    schema: Mapping[str, Mapping[str, str]],
    kept: Path,
) -> ColumnGraph:
    """The graph of `models` (compiled SQL by name), of which `kept` remembers what it has parsed before.

    `parents` are the tables that each model names. A model that sqlglot cannot follow has no lineage: that
    must not keep a night from publishing.
    """
    known: dict[str, Read] = _remembered(kept)
    now: dict[str, Read] = {}
    reads: dict[str, Read] = {}
    for name, sql in models.items():
        seen = {each: schema[each] for each in sorted(parents.get(name, ())) if each in schema}
        key = hashlib.sha256(json.dumps([sql, seen]).encode()).hexdigest()[:24]
        if key not in known:
            try:
                known[key] = columns_read(sql, seen)
            except SqlglotError as error:
                log.warning("no column lineage of %s: %s", name, error)
                known[key] = {}
        now[key] = reads[name] = known[key]
    _remember(kept, now)
    return ColumnGraph(reads)


def places_in(expression: str, table: str) -> set[Place]:
    """The columns of `table` that a figure's SQL expression names."""
    return {(table, column.name) for column in parse_one(expression, read=DIALECT).find_all(exp.Column)}


def _remembered(kept: Path) -> dict[str, Read]:
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        key: {column: [(table, name) for table, name in places] for column, places in read.items()}
        for key, read in content.items()
    }


def _remember(kept: Path, reads: Mapping[str, Read]) -> None:
    """Whole or not at all: other nights may be reading it."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f".{kept.name}.{os.getpid()}")
        draft.write_text(json.dumps(reads), encoding="utf-8")
        draft.replace(kept)
    except OSError as error:
        log.info("column lineage is not kept in %s: %s", kept.parent, error)
