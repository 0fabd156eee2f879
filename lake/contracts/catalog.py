"""All contracts, in loading order: domain by domain, parents before children."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from lake.contracts.model import DOMAINS, Contract
from lake.contracts.reading import ContractError, read_contract

FOLDER = Path(__file__).parent


@cache
def load_contracts() -> dict[str, Contract]:
    """Every contract that the project ships, by name, in loading order. Read once a process."""
    return order_contracts(read_contract(path) for path in sorted(FOLDER.glob("*.odcs.yaml")))


def contract(name: str) -> Contract:
    """The contract called ``name`` (``crm__customers``); KeyError with near names otherwise."""
    contracts = load_contracts()
    if name not in contracts:
        entities = name.rpartition("__")[2]
        near = [known for known in contracts if entities and entities in known] or list(contracts)
        raise KeyError(f"no contract {name!r}; known: {', '.join(near)}")
    return contracts[name]


def order_contracts(contracts: Iterable[Contract]) -> dict[str, Contract]:
    """Sort contracts by domain, then parents before children, then name.

    Self-references and deferred ones do not bind the order; a table with deferred references that no
    other needs comes last, so that its rows seldom have to wait. Raises ContractError for a reference to an
    unknown table or a later domain, and for a cycle, naming it.
    """
    by_name = {item.name: item for item in contracts}
    ordered: dict[str, Contract] = {}
    for domain in DOMAINS:
        members = sorted(name for name, item in by_name.items() if item.source == domain)
        parents = {name: _parents(by_name[name], by_name) for name in members}
        ordered |= {name: by_name[name] for name in _sorted_domain(domain, parents)}
    if len(ordered) != len(by_name):
        stray = sorted(set(by_name) - set(ordered))
        raise ContractError(f"{', '.join(stray)}: the domain must be one of {', '.join(DOMAINS)}")
    late = _loads_last(ordered)
    return {name: item for name, item in ordered.items() if name not in late} | late


def _loads_last(ordered: dict[str, Contract]) -> dict[str, Contract]:
    needed = {
        reference.table
        for item in ordered.values()
        for reference in item.references
        if not reference.is_deferred and reference.table != item.name
    }
    return {
        name: item
        for name, item in ordered.items()
        if name not in needed and any(reference.is_deferred for reference in item.references)
    }


def _parents(item: Contract, by_name: dict[str, Contract]) -> set[str]:
    parents = set()
    for reference in item.references:
        parent = by_name.get(reference.table)
        if parent is None:
            raise ContractError(
                f"{item.name}: {reference.columns} points to {reference.table}, which has no contract"
            )
        if reference.is_deferred or parent is item:
            continue
        if DOMAINS.index(parent.source) > DOMAINS.index(item.source):
            raise ContractError(
                f"{item.name}: {reference.columns} points to {parent.name}, which loads later: "
                "mark the reference deferred"
            )
        if parent.source == item.source:
            parents.add(parent.name)
    return parents


def _sorted_domain(domain: str, parents: dict[str, set[str]]) -> list[str]:
    sorter = TopologicalSorter(parents)
    try:
        sorter.prepare()
    except CycleError as error:
        path = " → ".join(reversed(error.args[1]))
        raise ContractError(f"contracts of {domain} refer to each other in a circle: {path}") from error
    names: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        names.extend(ready)
        sorter.done(*ready)
    return names


def source_contracts() -> dict[str, Contract]:
    """The contracts of what other systems send, by name: all but what people decide in Gantry itself."""
    return {name: item for name, item in load_contracts().items() if not name.startswith("actions__")}
