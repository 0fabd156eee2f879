"""From checked rows to `raw` and `history`: insert new keys, replace changed rows, leave equal ones.

A personal column is compared by its token: ciphertexts of equal values differ.
"""

from dataclasses import dataclass

import duckdb

from ingest.protect import Protector, protect
from ingest.sql import listed, literal, quoted
from ingest.staging import Batch
from lake.contracts import Contract


@dataclass(frozen=True)
class Merged:
    """What the merge did, in rows."""

    inserted: int
    updated: int
    unchanged: int


def raw_names(contract: Contract) -> list[str]:
    """Contract columns as the raw table has them, tokens included."""
    names = []
    for column in contract.columns:
        names += [column.name, f"{column.name}_token"] if column.is_personal else [column.name]
    return names


def identity(contract: Contract, name: str) -> str:
    """The raw column by which a contract column is compared: its token when it is personal."""
    return f"{name}_token" if contract.column(name).is_personal else name


def protected(
    con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, protector: Protector | None
) -> str:
    """`relation` with personal columns encrypted, their tokens beside them."""
    personal = [column for column in contract.columns if column.is_personal]
    joins, values = "", {}
    for position, column in enumerate(personal):
        if protector is None:
            raise ValueError(f"{contract.name} has personal columns and no key was given")
        table, alias = protect(con, protector, relation, [f"{quoted(column.name)}::varchar"]), f"x{position}"
        joins += f" left join {table} {alias} on {alias}.value = r.{quoted(column.name)}::varchar"
        values[column.name] = (f"{alias}.cipher", f"{alias}.token")
    chosen = []
    for column in contract.columns:
        if column.name in values:
            cipher, token = values[column.name]
            chosen += [f"{cipher} as {quoted(column.name)}", f"{token} as {quoted(column.name + '_token')}"]
        else:
            chosen.append(f"r.{quoted(column.name)}")
    return f"(select r._file_no, r._n, r._part, {', '.join(chosen)} from {relation} r{joins})"


def merge(
    batch: Batch,
    relation: str,
    run_id: str,
    loaded_at: object,
    *,
    uncompared: frozenset[str] = frozenset(),
) -> Merged:
    """Merge `relation` (from `protected`) into the raw table; inside the caller's transaction.

    A row that differs from the raw one in nothing but `uncompared` columns counts as unchanged.
    """
    con, contract = batch.con, batch.contract
    raw, history = f"lake.raw.{contract.raw_table}", f"lake.history.{contract.raw_table}"
    names = listed(raw_names(contract))
    system = (
        f"{_label(batch)} as _source_file, _n as _source_row, {literal(run_id)} as _run_id, "
        f"timestamp {literal(loaded_at)} as _loaded_at"
    )
    incoming = f"select {names}, {system} from {relation}"
    if con.execute(f"select 1 from {raw} limit 1").fetchone() is None:
        # Into an empty table nothing has to be compared.
        inserted = con.execute(f"insert into {raw} by name {incoming}").fetchone()[0]  # type: ignore[index]
        return Merged(inserted, 0, 0)
    staged, verdict = batch.name("incoming"), batch.name("verdict")
    con.execute(f"create or replace temp table {staged} as {incoming}")
    key = [quoted(identity(contract, name)) for name in contract.key]
    same_key = " and ".join(f"i.{name} = r.{name}" for name in key)
    others = [quoted(identity(contract, c.name)) for c in contract.columns if c.name not in uncompared]
    within = _within(con, contract, staged)
    known = f"(select * from {raw} r where {within})" if within else raw
    limited = f" and ({within})" if within else ""
    same_row = " and ".join(f"i.{name} is not distinct from r.{name}" for name in others)
    con.execute(
        f"create or replace temp table {verdict} as select i.rowid as _row, case when r._run_id is null "
        f"then 'new' when {same_row} then 'same' else 'changed' end as verdict "
        f"from {staged} i left join {known} r on {same_key}"
    )
    counts = dict(con.execute(f"select verdict, count(*) from {verdict} group by 1").fetchall())
    if counts.get("changed"):
        changed = (
            f"(select i.* from {staged} i join {verdict} v on v._row = i.rowid where v.verdict = 'changed')"
        )
        con.execute(
            f"insert into {history} by name select r.*, {literal(run_id)} as _superseded_run_id, "
            f"timestamp {literal(loaded_at)} as _superseded_at from {known} r semi join {changed} i "
            f"on {same_key}"
        )
        con.execute(f"delete from {raw} r using {changed} i where {same_key}{limited}")
    if counts.get("changed") or counts.get("new"):
        con.execute(
            f"insert into {raw} by name select i.* from {staged} i join {verdict} v on v._row = i.rowid "
            "where v.verdict <> 'same'"
        )
    return Merged(counts.get("new", 0), counts.get("changed", 0), counts.get("same", 0))


def _within(con: duckdb.DuckDBPyConnection, contract: Contract, staged: str) -> str:
    """Where in raw, as SQL over its row `r`, keys of the staged rows may stand; empty when anywhere.

    Keys with a date or a time lie between the least and the greatest of it. The lake knows both of each of
    its files, so that the cost of a load follows what is new, not the years of history.
    """
    kinds = {name: contract.column(name).type for name in contract.key}
    dated = {quoted(name): kind for name, kind in kinds.items() if kind in ("DATE", "TIMESTAMP")}
    if not dated:
        return ""
    ends = ", ".join(f"min({name})::varchar, max({name})::varchar" for name in dated)
    bounds = con.execute(f"select {ends} from {staged}").fetchone()
    assert bounds is not None
    if bounds[0] is None:
        return "false"
    ends_of = zip(dated.items(), bounds[::2], bounds[1::2], strict=True)
    between = "r.{} between {} {} and {} {}".format
    return " and ".join(
        between(name, kind, literal(low), kind, literal(high)) for (name, kind), low, high in ends_of
    )


def _label(batch: Batch) -> str:
    labels = [literal(file.label) for file in batch.files]
    return labels[0] if len(labels) == 1 else f"[{', '.join(labels)}][_file_no + 1]"
