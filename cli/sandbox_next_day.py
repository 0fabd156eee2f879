"""`gantry sandbox next-day`: the running company's clock moves on, and a night takes in what is new."""

import json
import threading
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from cli.common import (
    EXIT_FAILED,
    CompanyOption,
    DataOption,
    JsonOption,
    LakeOption,
    err,
    fail,
    out,
    print_json,
    told_plainly,
)
from cli.run import Bar, summary
from cli.sandbox_place import LIVE, PORT, connect
from lake.lock import LakeBusyError, writer_lock
from lake.settings import Settings, load_settings
from lake.text import text

if TYPE_CHECKING:
    from ingest.door import TableLoad
    from pipelines.runner import NightReport

MOVE_SECONDS, TAKE_IN_SECONDS, PAUSE_SECONDS = 600, 120, 0.2
UrlOption = Annotated[str | None, typer.Option("--url", help=text("cli.help_sandbox_url"))]


def next_day(
    url: UrlOption = None,
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move the clock on by a day, wait until all that was sent is taken in, run the night; its exit code."""
    with told_plainly():
        settings = load_settings(company=company, data=data, lake=lake, sandbox_url=url)
        control = settings.sandbox_url or f"http://127.0.0.1:{PORT}"
        before = _ask(f"{control}/state")
        intake = before["intake_health"] or _usual_health(settings)
        received = _received(intake, before)
        state = _ask(f"{control}/clock", {"days": 1})
        err.print(text("cli.clock_moved", None, today=state["today"]))
        _wait_until_taken_in(settings, intake, received, _sent(state) - _sent(before))
        settings = _of_company(settings, company, Path(state["folder"]))
        connect(state)
        report = _night(settings, date.fromisoformat(state["today"]))
    if as_json:
        print_json(json.dumps(summary(report), default=str, ensure_ascii=False))
    else:
        out.print(_changes(report.loads))
        if report.publication:
            told = {"name": report.publication.name, "as_of": report.run.as_of_on}
            out.print(text("cli.next_day_published", None, **told))
        else:
            err.print(text("cli.night_failed", None, reason=report.message), markup=False, soft_wrap=True)
    raise typer.Exit(report.exit_code)


def _night(settings: Settings, day: date) -> "NightReport":
    """A night for that day, as soon as nobody else writes the lake: a sensor's refresh may."""
    from pipelines.runner import run_night

    while True:
        try:
            with Bar() as bar:
                return run_night(settings, day, bar)
        except LakeBusyError as error:
            err.print(text("cli.waits_for_lake", None, reason=str(error)), markup=False, highlight=False)
            with writer_lock(settings, "gantry sandbox next-day", wait=True):
                continue


def _of_company(settings: Settings, company: Path | None, folder: Path) -> Settings:
    """The settings for the live company, unless another mapping of it was asked for."""
    is_told = company is not None or "company" in settings.model_fields_set
    return settings.model_copy(
        update={
            "company": settings.company if is_told else LIVE,
            "data": settings.data or folder,
        }
    )


def _ask(address: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the sandbox answers; ends the command when it does not."""
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})  # noqa: S310  (an address of ours)
    try:
        with urllib.request.urlopen(request, timeout=MOVE_SECONDS) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        told = json.loads(error.read() or b"{}").get("error", error.reason)
        fail(text("cli.sandbox_refused", None, address=address, reason=told), EXIT_FAILED)
    except OSError as error:
        fail(text("cli.sandbox_silent", None, address=address, reason=error), EXIT_FAILED)
    raise AssertionError("fail ends the command")


def _sent(state: dict[str, Any]) -> int:
    """Messages that the devices have published."""
    return state["sent"]["messages"]


def _usual_health(settings: Settings) -> str:
    return f"http://{settings.intake_health_host}:{settings.intake_health_port}"


def _received(intake: str, state: dict[str, Any]) -> int | None:
    """What the intake has received up to now; None where nothing is sent to one."""
    if state["broker"] is None and state["intake"] is None:
        return None
    health = _health(intake)
    if health is None:
        fail(text("cli.intake_silent", None, address=intake), EXIT_FAILED)
    return health["received"]


def _wait_until_taken_in(settings: Settings, intake: str, received: int | None, sent: int) -> None:
    """Return when the intake has received so many messages more and has closed all its batches.

    Another process has no signal to wait for: its health page and its folder are looked at.
    """
    if received is None:
        return
    pause, end = threading.Event(), time.monotonic() + TAKE_IN_SECONDS
    while time.monotonic() < end:
        health = _health(intake)
        has_all = health is not None and health["received"] >= received + sent
        if has_all and not health["queue_messages"] and not _open_batches(settings):
            return
        pause.wait(PAUSE_SECONDS)
    fail(text("cli.not_taken_in", None, sent=sent, seconds=TAKE_IN_SECONDS), EXIT_FAILED)


def _open_batches(settings: Settings) -> list[Path]:
    from ingest.intake.spool import JOURNAL, OPEN

    return list((settings.paths.intake / OPEN).glob(f"*{JOURNAL}"))


def _health(intake: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"{intake}/health", timeout=5) as answer:  # noqa: S310  (an address of ours)
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)
    except OSError:
        return None


def _changes(loads: "list[TableLoad]") -> Table:
    """New, changed and deleted rows of the tables that have any, and what is not well."""
    table = Table(title=text("cli.next_day_title"), title_justify="left", show_edge=False, pad_edge=False)
    for name in ("table", "inserted", "updated", "deleted", "quarantined"):
        table.add_column(text(f"cli.column_{name}"), justify="left" if name == "table" else "right")
    table.add_column(text("cli.column_status"), overflow="fold")
    for load in loads:
        counts = [load.inserted + load.released, load.updated, load.deleted, load.quarantined]
        if any(counts) or not load.is_well:
            told = "" if load.is_well else load.message
            table.add_row(load.table, *(f"{count:,}" for count in counts), told)
    return table
