"""`gantry ingest --check`: what a mapping covers of its contract, and what its rows would break."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingest.arrivals import Arrivals, arrived
from ingest.company import Company, Source, SourceFile, TableMap
from ingest.faults import Faults
from ingest.ledger import Past
from ingest.problems import MappingError, SourceError
from ingest.rules import MALFORMED_ROW
from ingest.sessions import own_session
from ingest.staging import Batch
from lake.contracts import Contract, load_contracts
from lake.run import RunContext
from lake.settings import Settings
from lake.text import text

SAMPLES = 3


@dataclass(frozen=True)
class Violation:
    """One rule on one column: how many rows break it, and a few of them (file, row number, value)."""

    column: str
    rule: str
    rows: int
    message: dict[str, str]
    samples: tuple[tuple[str, int, str | None], ...]


@dataclass(frozen=True)
class TableReport:
    """What a load of the table would find. `problem` is set when its files cannot be read as mapped."""

    table: str
    source_name: str
    problem: str = ""
    rows_read: int = 0
    rows_good: int = 0
    rows_repeated: int = 0
    rows_quarantined: int = 0
    rows_skipped: int = 0
    columns_mapped: tuple[str, ...] = ()
    columns_unmapped: tuple[str, ...] = ()
    required_unmapped: tuple[str, ...] = ()
    source_columns_unused: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = field(default=())

    @property
    def is_well(self) -> bool:
        """Whether every row would enter."""
        return not self.problem and not self.rows_quarantined and not self.required_unmapped


def check_table(
    con: duckdb.DuckDBPyConnection, company: Company, contract_name: str, run: RunContext, settings: Settings
) -> TableReport:
    """Read and check a table as a load would, references against what the lake holds now; write nothing."""
    contract = load_contracts()[contract_name]
    table_map = company.tables.get(contract_name)
    if table_map is None:
        return TableReport(
            contract_name, "", columns_unmapped=tuple(column.name for column in contract.columns)
        )
    coverage = _coverage(contract, table_map)
    with own_session(con) as session, TemporaryDirectory(prefix="gantry-check-") as folder:
        try:
            past = Past.read(con)
            with arrived(table_map, contract, run, past, Path(folder)) as arrivals:
                batch = Batch(session, company, table_map, contract, language=settings.language)
                return _report(batch, arrivals, coverage)
        except SourceError as error:
            problem = error.in_language(settings.language)
        except MappingError as error:
            problem = str(error)
    return TableReport(contract_name, table_map.source_name, problem=problem, **coverage)


def _report(batch: Batch, arrivals: Arrivals, coverage: dict[str, tuple[str, ...]]) -> TableReport:
    feeds = [(feed, _files(feed.source, arrivals)) for feed in batch.table_map.feeds]
    batch.stage([(feed, files) for feed, files in feeds if files])
    faults = Faults(batch)
    faults.find()
    good = batch.con.execute(f"select count(*) from {faults.kept}").fetchone()[0]  # type: ignore[index]
    return TableReport(
        batch.contract.name,
        batch.table_map.source_name,
        rows_read=batch.rows_read,
        rows_good=good,
        rows_repeated=faults.rows_repeated,
        rows_quarantined=faults.rows_quarantined,
        rows_skipped=batch.rows_skipped,
        source_columns_unused=tuple(batch.unused_columns),
        violations=tuple(_violations(batch, faults)),
        **coverage,
    )


def _files(source: Source, arrivals: Arrivals) -> list[SourceFile]:
    files = arrivals.files_of(source)
    if not files and not source.live:
        raise SourceError("no_file", source=source.name, path=", ".join(source.patterns))
    return files


def _coverage(contract: Contract, table_map: TableMap) -> dict[str, tuple[str, ...]]:
    mapped = {column.name for feed in table_map.feeds for column in feed.columns}
    mapped |= {column.code_to for feed in table_map.feeds for column in feed.columns if column.code_to}
    mapped |= {name for feed in table_map.feeds if feed.key for name in contract.key}
    names = [column.name for column in contract.columns]
    required = {column.name for column in contract.columns if column.is_required} | set(contract.key)
    return {
        "columns_mapped": tuple(name for name in names if name in mapped),
        "columns_unmapped": tuple(name for name in names if name not in mapped),
        "required_unmapped": tuple(name for name in names if name in required and name not in mapped),
    }


def _violations(batch: Batch, faults: Faults) -> list[Violation]:
    rows = batch.con.execute(
        "select column_name, rule_code, count(*), any_value(message_zh), any_value(message_en), "
        f"list({{f: _file_no, n: _n, v: value}} order by _file_no, _n)[1:{SAMPLES}] from {faults.table} "
        "group by 1, 2 order by 3 desc, 1, 2"
    ).fetchall()
    found = [
        Violation(
            column,
            rule,
            count,
            {"zh": zh, "en": en},
            tuple((batch.label(sample["f"]), sample["n"], sample["v"]) for sample in samples),
        )
        for column, rule, count, zh, en, samples in rows
    ]
    if batch.malformed:
        samples = tuple(
            (batch.label(no), row.number, row.line[:200]) for no, row in batch.malformed[:SAMPLES]
        )
        messages = {
            language: text("ingest.reason_malformed_row", language, error=batch.malformed[0][1].error)
            for language in ("zh", "en")
        }
        found.append(Violation("", MALFORMED_ROW, len(batch.malformed), messages, samples))
    return found
