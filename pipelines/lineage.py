"""What depends on what, over dbt and the forecasts together: the tables that a refresh has to build again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any


def downstream(
    manifest: Mapping[str, Any], forecasts: Mapping[str, Iterable[str]], tables: Iterable[str]
) -> set[str]:
    """Names of models and forecasts that read `tables` (names too), directly or through others.

    `forecasts` says for each forecast's table what it reads; dbt knows it as a source only.
    """
    children = _children(manifest, forecasts)
    found: set[str] = set()
    waiting = list(tables)
    while waiting:
        new = children[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def upstream(
    manifest: Mapping[str, Any], forecasts: Mapping[str, Iterable[str]], tables: Iterable[str]
) -> dict[str, frozenset[str]]:
    """For each of `tables` the names of all that it is made of, itself included, down to the raw tables."""
    children = _children(manifest, forecasts)
    parents: dict[str, set[str]] = defaultdict(set)
    for parent, read_by in children.items():
        for child in read_by:
            parents[child].add(parent)
    return {table: frozenset(_reached(parents, table)) for table in set(tables)}


def _reached(edges: Mapping[str, set[str]], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _children(manifest: Mapping[str, Any], forecasts: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    names = {key: node["name"] for kind in ("nodes", "sources") for key, node in manifest[kind].items()}
    children: dict[str, set[str]] = defaultdict(set)
    for node in manifest["nodes"].values():
        if node["resource_type"] in ("model", "snapshot"):
            for parent in node["depends_on"]["nodes"]:
                children[names[parent]].add(node["name"])
    for forecast, reads in forecasts.items():
        for parent in reads:
            children[parent].add(forecast)
    return children
