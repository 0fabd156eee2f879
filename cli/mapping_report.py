"""`gantry ingest --check`, printed: what the mapping covers, and what rows would break."""

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from rich.table import Table

from cli.common import out, print_json
from lake.contracts import load_contracts
from lake.settings import Settings
from lake.text import default_language, text

if TYPE_CHECKING:
    from ingest.door import TableReport

HIDDEN = "•••"
COUNTS = ("rows_read", "rows_good", "rows_repeated", "rows_quarantined", "rows_skipped")


def report_mapping(settings: Settings, asked: date | None, as_json: bool) -> int:
    """Print the report and return the exit code: 0 when every row would enter, else 1."""
    from pipelines.checking import check_all

    reports = check_all(settings, asked)
    if as_json:
        content = [{**asdict(report), "violations": _violations(report)} for report in reports]
        print_json(json.dumps(content, default=str, ensure_ascii=False))
    else:
        out.print(_coverage(reports))
        for report in reports:
            _print_problems(report)
    return 0 if all(report.is_well for report in reports) else 1


def _coverage(reports: list["TableReport"]) -> Table:
    table = Table(title=text("cli.check_title"), title_justify="left", show_edge=False, pad_edge=False)
    table.add_column(text("cli.column_table"), no_wrap=True)
    table.add_column(text("cli.column_columns"), justify="right")
    for name in ("read", "good", "repeated", "quarantined", "skipped"):
        table.add_column(text(f"cli.column_{name}"), justify="right")
    for report in reports:
        covered = f"{len(report.columns_mapped)}/{len(report.columns_mapped) + len(report.columns_unmapped)}"
        table.add_row(report.table, covered, *(f"{getattr(report, name):,}" for name in COUNTS))
    return table


def _print_problems(report: "TableReport") -> None:
    lines = []
    if report.problem:
        lines.append(report.problem)
    if report.required_unmapped:
        lines.append(text("cli.check_required", None, columns=", ".join(report.required_unmapped)))
    for violation in _violations(report):
        lines.append(text("cli.check_violation", None, **violation))
        lines += [text("cli.check_sample", None, **sample) for sample in violation["samples"]]
    if report.source_columns_unused:
        lines.append(text("cli.check_unused", None, columns=", ".join(report.source_columns_unused)))
    if lines:
        out.print(f"\n{report.table}", highlight=False)
    for line in lines:
        out.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def _violations(report: "TableReport") -> list[dict]:
    """Violations with their samples; values of personal columns stay hidden, as terminals keep logs."""
    contract = load_contracts()[report.table]
    personal = {column.name for column in contract.columns if column.is_personal}
    return [
        {
            "column": violation.column or "–",
            "rule": violation.rule,
            "rows": violation.rows,
            "message": violation.message[default_language()],
            "samples": [
                {"file": file, "row": row, "value": HIDDEN if violation.column in personal else value}
                for file, row, value in violation.samples
            ],
        }
        for violation in report.violations
    ]
