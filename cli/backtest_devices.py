"""`gantry backtest devices`: were faults found in telemetry, and how early were failures foreseen?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from ml.backtest.results import BacktestResult
    from ml.devices.backtest_series import Series
    from ml.devices.readings import Unit

SUFFIXES = (".csv", ".parquet")


def devices(
    readings: Annotated[
        Path | None, typer.Option("--readings", help=text("cli.help_devices_readings"))
    ] = None,
    labels_column: Annotated[
        str | None, typer.Option("--labels-column", help=text("cli.help_devices_labels_column"))
    ] = None,
    labels_file: Annotated[
        Path | None, typer.Option("--labels-file", help=text("cli.help_devices_labels_file"))
    ] = None,
    learn_from: Annotated[
        list[Path] | None, typer.Option("--learn-from", help=text("cli.help_devices_learn_from"))
    ] = None,
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=text("cli.help_devices_from"))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score the device forecasts beside their baselines."""
    with told_plainly():
        if readings is None:
            result = _of_company(settings_of(company, data, lake), begins)
        elif (labels_column is None) == (labels_file is None):
            fail(text("cli.devices_one_kind_of_label"), EXIT_USAGE)
        elif labels_file is not None:
            result = _of_series(readings, labels_file)
        else:
            result = _of_units(readings, labels_column or "", learn_from or [])
    tell(result, as_json)


def _of_units(readings: Path, labels_column: str, learn_from: list[Path]) -> BacktestResult:
    from ml.devices.backtest_units import backtest_units

    units = [_unit(path, name, labels_column) for name, path in _files(readings).items()]
    sources = [_unit(path, name, labels_column) for one in learn_from for name, path in _files(one).items()]
    return backtest_units(units, sources)


def _of_series(readings: Path, labels_file: Path) -> BacktestResult:
    from ml.devices.backtest_series import backtest_series

    windows = _windows(labels_file)
    corpus: dict[str, Series] = {}
    for name, path in _files(readings).items():
        key = name if name in windows else next((one for one in sorted(windows) if one.endswith(name)), None)
        if key is not None:
            corpus[key] = _series(path, key, windows[key])
    if not corpus:
        fail(text("cli.devices_no_labelled_series", None, path=readings, labels=labels_file), EXIT_USAGE)
    return backtest_series(corpus)


def _of_company(settings: Any, begins: str | None) -> BacktestResult:
    from ml.devices.backtest import READS, backtest
    from pipelines.backtest_facts import NoFactsError, company_facts

    try:
        facts, as_of_on = company_facts(settings, READS)
    except NoFactsError as error:
        fail(str(error), 2)
    frames = {table.rpartition(".")[2]: frame for table, frame in facts.items()}
    return backtest(frames, as_of_on, from_on=business_date_of(begins))


def _files(path: Path) -> dict[str, Path]:
    """Files of readings by their name below the folder, in order; a file by its own name."""
    if path.is_file():
        return {path.name: path}
    found = sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file())
    if not found:
        fail(text("cli.devices_no_readings", None, path=path, kinds=", ".join(SUFFIXES)), EXIT_USAGE)
    return {one.relative_to(path).as_posix(): one for one in found}


def _table(path: Path) -> Any:
    import polars as pl

    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    # As texts: one `#VALUE!` among numbers must not stop the reading.
    return pl.read_csv(path, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True)


def _unit(path: Path, name: str, labels_column: str | None) -> Unit:
    import polars as pl

    from ml.devices.readings import NoTimeColumnError, read_unit

    try:
        table = _table(path)
        return read_unit(name, table, labels_column)
    except KeyError:
        fail(
            text("cli.devices_no_label", None, column=labels_column, path=path, has=", ".join(table.columns)),
            EXIT_USAGE,
        )
    except (NoTimeColumnError, pl.exceptions.PolarsError) as error:
        fail(text("cli.devices_unreadable", None, path=path, reason=error), EXIT_USAGE)


def _windows(path: Path) -> dict[str, list[list[str]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: [[start, end] for start, end in pairs] for name, pairs in content.items()}
    except (ValueError, AttributeError, TypeError) as error:
        fail(text("cli.devices_bad_labels", None, path=path, reason=error), EXIT_USAGE)


def _series(path: Path, name: str, windows: list[list[str]]) -> Series:
    import numpy as np

    from ml.devices.backtest_series import Series

    try:
        pairs = tuple((np.datetime64(start), np.datetime64(end)) for start, end in windows)
    except ValueError as error:
        fail(text("cli.devices_bad_labels", None, path=name, reason=error), EXIT_USAGE)
    return Series(_unit(path, name, None), pairs)
