"""`gantry backtest churn`: who leaves, on a flat table or on a company's orders."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.backtest_report import tell
from cli.common import (
    EXIT_FAILED,
    EXIT_USAGE,
    CompanyOption,
    DataOption,
    JsonOption,
    LakeOption,
    business_date_of,
    fail,
    settings_of,
    told_plainly,
)
from lake.text import text

if TYPE_CHECKING:
    import polars as pl

    from ml.backtest.results import BacktestResult

TableOption = Annotated[Path | None, typer.Option("--table", help=text("cli.help_churn_table"))]
IdOption = Annotated[str | None, typer.Option("--id", help=text("cli.help_churn_id"))]
TargetOption = Annotated[str | None, typer.Option("--target", help=text("cli.help_churn_target"))]
SilenceOption = Annotated[int | None, typer.Option("--silence", min=1, help=text("cli.help_churn_silence"))]
OriginsOption = Annotated[str | None, typer.Option("--origins", help=text("cli.help_churn_origins"))]
FromOption = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=text("cli.help_from"))]


def churn(
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    table: TableOption = None,
    id_column: IdOption = None,
    target: TargetOption = None,
    silence: SilenceOption = None,
    origins: OriginsOption = None,
    from_on: FromOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well churn would have been foreseen, beside its baselines in the same run."""
    if table is not None:
        if not id_column or not target:
            fail(text("cli.churn_table_needs"), EXIT_USAGE)
        tell(_of_table(table, str(id_column), str(target)), as_json)
        return
    days = [business_date_of(day.strip()) for day in origins.split(",")] if origins else None
    begin = business_date_of(from_on)
    with told_plainly():
        settings = settings_of(company, data, lake)
        from ml.churn.frames import READS, churn_frames
        from pipelines.backtest_facts import NoFactsError, company_facts

        try:
            tables, as_of_on = company_facts(settings, READS)
        except NoFactsError as error:
            fail(str(error), EXIT_FAILED)
        frames = churn_frames(tables)
    tell(_of_orders(frames, as_of_on, silence, days, begin), as_json)


def _of_table(file: Path, id_column: str, target: str) -> "BacktestResult":
    from ml.churn.backtest_table import TableError, backtest_table

    with told_plainly():
        content = _table(file)
    try:
        return backtest_table(content, id_column, target)
    except TableError as error:
        fail(f"{file}: {error}", EXIT_USAGE)
        raise


def _table(file: Path) -> "pl.DataFrame":
    """Every column of a CSV as text: what it is, its values say; Parquet keeps its types."""
    import polars as pl

    if not file.is_file():
        fail(text("cli.no_file", None, path=file), EXIT_USAGE)
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        content = pl.read_csv(file, infer_schema_length=0, encoding="utf8-lossy")
        return content.rename({name: name.strip().lstrip("\ufeff") for name in content.columns})
    except (pl.exceptions.PolarsError, OSError) as error:
        fail(text("cli.unreadable_table", None, path=file, reason=error), EXIT_USAGE)
        raise


def _of_orders(
    frames: object, as_of_on: date, silence: int | None, days: list | None, begin: date | None
) -> "BacktestResult":
    from ml.churn.backtest import BacktestError, backtest

    try:
        return backtest(frames, as_of_on, silence_days=silence, origins=days, from_on=begin)
    except BacktestError as error:
        fail(str(error), EXIT_USAGE)
        raise
