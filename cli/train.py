"""`gantry train`: the models that are due, trained on the last good build."""

import json

import typer

from cli.common import (
    EXIT_FAILED,
    CompanyOption,
    JsonOption,
    LakeOption,
    err,
    fail,
    out,
    print_json,
    settings_of,
)
from lake.text import text


def train(
    company: CompanyOption = None,
    lake: LakeOption = None,
    anyway: bool = typer.Option(False, "--anyway", help=text("cli.help_train_anyway")),
    as_json: JsonOption = False,
) -> None:
    """Train what is due and say how each question did; the next night uses it."""
    from pipelines.defs.forecasts import LESSONS
    from pipelines.training import NothingToLearnFromError, train_due

    settings = settings_of(company, None, lake)
    with err.status(text("cli.train_reading")) as status:
        try:
            done = train_due(settings, LESSONS, anyway=anyway, tell=status.update)
        except NothingToLearnFromError as error:
            fail(text("cli.train_nothing", None, build=error), EXIT_FAILED)
    if as_json:
        told = {name: {"ships": record.ships, "n": record.n} for name, record in done.trained.items()}
        print_json(json.dumps({"trained": told, "still_good": done.still_good, "failed": done.failed}))
    else:
        for name, record in done.trained.items():
            key = "cli.train_ships" if record.ships else "cli.train_stays"
            out.print(text(key, None, question=name, count=record.n, notes="; ".join(record.notes)))
        for name in done.still_good:
            out.print(text("cli.train_good", None, question=name))
        for name, why in done.failed.items():
            err.print(text("cli.train_failed", None, question=name, reason=why), markup=False)
    raise typer.Exit(1 if done.failed else 0)
