"""`gantry rules`: the alert rules, whether their files hold, and what each would have opened of late."""

import datetime as dt
import json
from contextlib import ExitStack
from typing import Annotated, Any

import duckdb
import typer
from rich.table import Table

from actions.dry_run import DryRun, dry_run
from actions.rule_files import Rule, RuleFileError, load_rules
from cli.common import (
    EXIT_USAGE,
    CompanyOption,
    JsonOption,
    LakeOption,
    err,
    fail,
    out,
    print_json,
    told_plainly,
)
from lake.publication import connect_publication, current_publication, list_publications
from lake.settings import Settings, load_settings
from lake.text import default_language, text

CheckOption = Annotated[bool, typer.Option("--check", help=text("cli.help_rules_check"))]
DryRunOption = Annotated[
    int | None,
    typer.Option("--dry-run", metavar="DAYS", min=1, max=3660, help=text("cli.help_rules_dry_run")),
]
RULES_FOLDER = "rules"


def rules(
    company: CompanyOption = None,
    lake: LakeOption = None,
    is_check: CheckOption = False,
    days: DryRunOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the rules; ends with 64 and a line for each problem when a file breaks the schema."""
    with told_plainly():
        settings = load_settings(company=company, lake=lake)
        found = _load(settings)
        runs = _dry_runs(settings, found, days) if days is not None else {}
    if as_json:
        print_json(json.dumps([_row(rule, runs) for rule in found], default=str, ensure_ascii=False))
    elif is_check:
        out.print(text("cli.rules_hold", None, count=len(found)))
    else:
        out.print(_table(found, runs))
        for run in runs.values():
            if run.skipped is not None:
                out.print(f"▲ {run.rule_id}: {run.skipped.told[default_language()]}", highlight=False)


def _load(settings: Settings) -> list[Rule]:
    try:
        return load_rules(settings.company / RULES_FOLDER)
    except RuleFileError as error:
        for problem in error.problems:
            err.print(f"[red]■[/red] {str(problem).replace('[', chr(92) + '[')}", highlight=False)
        return fail(text("cli.rules_broken", None, count=len(error.problems)), EXIT_USAGE)


def _dry_runs(settings: Settings, found: list[Rule], days: int) -> dict[str, DryRun]:
    """Each rule over the last `days` before the newest publication, with the files that are still there."""
    current = current_publication(settings)
    if current is None:
        return fail(text("lake.no_publication", None, lake=settings.paths.root), 2)
    first_on = current.as_of_on - dt.timedelta(days=days - 1)
    with ExitStack() as stack:
        con = stack.enter_context(connect_publication(settings))
        earlier = []
        for each in reversed(list_publications(settings)):
            path = settings.paths.published / each.file_name
            if first_on <= each.as_of_on < current.as_of_on and path.exists():
                earlier.append(
                    (each.as_of_on, stack.enter_context(duckdb.connect(str(path), read_only=True)))
                )
        return {rule.rule_id: dry_run(rule, con, current.as_of_on, days, earlier) for rule in found}


def _row(rule: Rule, runs: dict[str, DryRun]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": rule.rule_id,
        "version": rule.version,
        "author": rule.author,
        "since": rule.since,
        "name": rule.name,
        "severity": rule.severity_code,
        "owner_role": rule.owner_role_code,
        "reads": rule.reads,
        "is_enabled": rule.is_enabled,
        "file": str(rule.path),
    }
    if run := runs.get(rule.rule_id):
        row["dry_run"] = {
            "history": run.history,
            "first_on": run.first_on,
            "last_on": run.last_on,
            "days": run.day_count,
            "opened": len(run.openings),
            "standing": run.standing_count,
            "cleared": run.cleared_count,
            "escalated": run.escalated_count,
            "skipped": run.skipped.told if run.skipped else None,
        }
    return row


def _table(found: list[Rule], runs: dict[str, DryRun]) -> Table:
    language = default_language()
    shown = Table(show_edge=False, pad_edge=False)
    columns = ["rule", "name", "version", "author", "owner"]
    for name in [*columns, *(["opened", "standing", "history", "days"] if runs else [])]:
        shown.add_column(text(f"cli.rules_{name}"), overflow="fold")
    for rule in found:
        cells = [rule.rule_id, rule.name[language], str(rule.version), rule.author, rule.owner_role_code]
        if run := runs.get(rule.rule_id):
            is_skipped = run.skipped is not None
            opened = "–" if is_skipped else str(len(run.openings))
            standing = "–" if is_skipped else str(run.standing_count)
            cells += [opened, standing, text(f"cli.rules_by_{run.history}"), str(run.day_count)]
        shown.add_row(*cells)
    return shown
