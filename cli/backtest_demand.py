"""`gantry backtest demand`: a panel of series, or a company's own order lines."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.backtest_report import tell
from cli.common import (
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

PanelOption = Annotated[Path | None, typer.Option("--panel", help=text("cli.help_panel"))]
HorizonOption = Annotated[int, typer.Option("--horizon", min=1, help=text("cli.help_horizon"))]
SeasonOption = Annotated[int, typer.Option("--season", min=1, help=text("cli.help_season"))]
WideOption = Annotated[str | None, typer.Option("--wide-id", help=text("cli.help_wide_id"))]
TestLastOption = Annotated[int | None, typer.Option("--test-last", min=1, help=text("cli.help_test_last"))]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=text("cli.help_backtest_from"))
]


def demand(
    panel: PanelOption = None,
    horizon: HorizonOption = 12,
    season: SeasonOption = 12,
    wide_id: WideOption = None,
    test_last: TestLastOption = None,
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    since: FromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score the demand forecast beside its baselines."""
    if (panel is None) == (company is None):
        fail(text("cli.panel_or_company", None), EXIT_USAGE)
    with told_plainly():
        if panel is not None:
            # A test part that was held out says itself how far to forecast.
            result = _of_panel(_panel(panel, wide_id, test_last), test_last or horizon, season)
        else:
            from cli.backtest_demand_company import of_company

            result = of_company(settings_of(company, data, lake), business_date_of(since))
    tell(result, as_json)


def _of_panel(panel: "pl.DataFrame", horizon: int, season: int) -> "BacktestResult":
    from ml.demand.config import PanelConfig
    from ml.demand.panel import PanelError
    from ml.demand.panel_backtest import backtest_panel

    config = PanelConfig(workers=min(2, os.cpu_count() or 1))
    try:
        return backtest_panel(panel, horizon, season, clock=time.perf_counter, config=config)
    except PanelError as error:
        return fail(str(error), EXIT_USAGE)


def _panel(path: Path, wide_id: str | None, test_last: int | None) -> "pl.DataFrame":
    import polars as pl

    from ml.demand.panel import PanelError, from_wide, split_last, with_period

    if not path.is_file():
        fail(text("cli.no_panel", None, path=path), EXIT_USAGE)
    try:
        is_parquet = path.suffix.lower() in (".parquet", ".pq")
        frame = pl.read_parquet(path) if is_parquet else pl.read_csv(path, infer_schema_length=None)
        rows = from_wide(frame, wide_id) if wide_id else with_period(frame)[0]
        if test_last is not None:
            return split_last(rows, test_last)
        if "part" not in rows.columns:
            fail(text("cli.panel_without_test", None), EXIT_USAGE)
    except (PanelError, pl.exceptions.PolarsError) as error:
        fail(text("cli.bad_panel", None, path=path, reason=str(error)), EXIT_USAGE)
    return rows
