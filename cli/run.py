"""`gantry run`: one night, with a bar while it runs and a table of what it did."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.common import (
    CompanyOption,
    DataOption,
    DateOption,
    JsonOption,
    LakeOption,
    business_date_of,
    err,
    out,
    print_json,
    settings_of,
    told_plainly,
)
from cli.tables import loads_table
from lake.text import text

if TYPE_CHECKING:
    from pipelines.runner import NightReport


def run(
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    date: DateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one night and end with its exit code: 0 well, 1 a check failed, 2 the night failed."""
    with told_plainly():
        settings = settings_of(company, data, lake)
        asked = business_date_of(date)
        with Bar() as bar:
            from pipelines.runner import run_night

            report = run_night(settings, asked, bar)
    if as_json:
        print_json(json.dumps(summary(report), default=str, ensure_ascii=False))
    else:
        _show(report)
    raise typer.Exit(report.exit_code)


class Bar:
    """The progress bar on standard error; silent where nobody watches."""

    def __init__(self) -> None:
        """A bar that starts counting when the night says how much there is."""
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        self._task = self._bar.add_task(text("cli.preparing"), total=None)
        self._done: set[str] = set()

    def __enter__(self) -> "Bar":
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away; the closing table follows."""
        self._bar.stop()

    def begin(self, total: int) -> None:
        """The night will finish `total` assets."""
        self._bar.update(self._task, total=total)

    def start(self, asset: str) -> None:
        """Show what is being worked on."""
        self._bar.update(self._task, description=asset)

    def finish(self, asset: str) -> None:
        """Count an asset once, however many of its tests report."""
        self._bar.update(self._task, description=asset)
        if asset not in self._done:
            self._done.add(asset)
            self._bar.advance(self._task)


def summary(report: "NightReport") -> dict[str, object]:
    """The report for machines."""
    publication = report.publication
    return {
        "run_id": report.run.run_id,
        "as_of_on": report.run.as_of_on.isoformat(),
        "status": report.status_code,
        "exit_code": report.exit_code,
        "message": report.message,
        "loads": [asdict(load) for load in report.loads],
        "models_built": sum(node.resource_type == "model" for node in report.nodes),
        "checks": {
            "passed": sum(check.is_passed for check in report.checks),
            "failed": [asdict(check) for check in report.checks if not check.is_passed],
        },
        "publication": asdict(publication) if publication else None,
        "seconds": report.seconds,
    }


def _show(report: "NightReport") -> None:
    if report.loads:
        out.print(loads_table(report.loads))
    models = sum(node.resource_type == "model" for node in report.nodes)
    passed = sum(check.is_passed for check in report.checks)
    out.print(text("cli.night_built", None, models=models, passed=passed, checks=len(report.checks)))
    for check in report.checks:
        if not check.is_passed:
            mark = "[red]■[/red]" if check.is_failed_error else "[yellow]▲[/yellow]"
            out.print(
                f"{mark} {check.asset_name} · {check.check_name}: {check.message}",
                highlight=False,
                markup=True,
            )
    if report.publication is not None:
        name, as_of = report.publication.name, report.run.as_of_on
        seconds = round(sum(report.seconds.values()), 1)
        out.print(text("cli.night_published", None, name=name, as_of=as_of, seconds=seconds))
    else:
        err.print(
            text("cli.night_failed", None, reason=report.message),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
