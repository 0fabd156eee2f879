"""`gantry explain`: everything behind one figure, down to the rows; without a figure, the list of figures."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.common import (
    EXIT_USAGE,
    AsOfOption,
    CompanyOption,
    JsonOption,
    LakeOption,
    fail,
    out,
    print_json,
    told_plainly,
)
from lake.figures import Figure, FigureError, find_figure, read_figures
from lake.figures.explain import Explanation, explain, history_of
from lake.settings import Settings, load_settings
from lake.text import default_language, text

FigureArgument = Annotated[str | None, typer.Argument(metavar="FIGURE", help=text("cli.help_figure"))]
FilterOption = Annotated[
    list[str] | None, typer.Option("--filter", metavar="NAME=VALUE", help=text("cli.help_filter"))
]
RowsOption = Annotated[int, typer.Option("--rows", min=0, help=text("cli.help_explain_rows"))]


def explain_figure(
    figure: FigureArgument = None,
    filters: FilterOption = None,
    rows: RowsOption = 10,
    company: CompanyOption = None,
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print one figure's passport; ends with 1 while a check that it stands on has failed."""
    settings = load_settings(company=company, lake=lake)
    language = settings.language or default_language()
    wanted = dict(_pair(each) for each in filters or [])
    with told_plainly():
        found, lines, notes = _explained(settings, figure, wanted, rows, as_of)
    if isinstance(found, dict):
        _list(found, language, as_json=as_json)
    elif as_json:
        content = found.as_dict() | {"lines": lines, "versions": notes}
        print_json(json.dumps(content, default=str, ensure_ascii=False))
    else:
        _show(found, notes, language)
    raise typer.Exit(1 if isinstance(found, Explanation) and found.is_doubtful else 0)


def _explained(
    settings: Settings, figure: str | None, filters: dict[str, str], rows: int, as_of: str | None
) -> tuple[dict[str, Figure] | Explanation, list[dict], list[dict]]:
    from lake.known import open_known_at

    known = open_known_at(settings, as_of)
    with known.con as con:
        if known.is_from_history:
            fail(text("cli.only_marts_kept", settings.language, name=known.publication_name), EXIT_USAGE)
        figures = read_figures(con)
        if figure is None:
            return figures, [], []
        try:
            chosen = find_figure(figures, figure, settings.language)
            found = explain(con, chosen, filters, rows=rows, language=settings.language)
            return found, *history_of(con, chosen)
        except FigureError as error:
            fail(str(error).replace("[", "\\["), EXIT_USAGE)


def _pair(given: str) -> tuple[str, str]:
    name, sign, value = given.partition("=")
    if not sign or not name:
        fail(text("cli.bad_filter", None, value=given), EXIT_USAGE)
    return name, value


def _list(figures: dict[str, Figure], language: str, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "figure_id": each.figure_id,
                "name": each.name,
                "unit": each.unit,
                "owner": each.owner,
                "version": each.version,
                "filters": dict(each.of.filters) if each.of else {},
            }
            for each in figures.values()
        ]
        print_json(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(show_edge=False, pad_edge=False)
    for name in ("figure", "name", "unit", "owner", "version", "filters"):
        # Ids are what one types next: they stay whole.
        table.add_column(text(f"cli.column_{name}", language), overflow="fold", no_wrap=name == "figure")
    for each in figures.values():
        table.add_row(
            each.figure_id,
            each.name[language],
            each.unit,
            each.owner,
            str(each.version),
            ", ".join(each.of.filters) if each.of else "",
        )
    out.print(table)


def _show(found: Explanation, notes: list[dict], language: str) -> None:
    figure = found.figure
    table = Table(show_header=False, show_edge=False, pad_edge=False, box=None)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for key, value in _facts(found, notes, language):
        table.add_row(text(f"cli.explain_{key}", language), value.replace("[", "\\["))
    out.print(f"{figure.name[language]} · {figure.figure_id}", highlight=False, markup=False)
    out.print(table)
    for title, rows in (("rows", found.rows), ("evidence", found.evidence)):
        if rows:
            out.print()
            out.print(text(f"cli.explain_{title}", language, table=_behind(found, title), n=len(rows)))
            out.print(_rows_table(rows))


def _facts(found: Explanation, notes: list[dict], language: str) -> list[tuple[str, str]]:
    figure = found.figure
    facts = [
        ("value", f"{_number(found.value)} {figure.unit} · n = {found.n}"),
        ("formula", figure.formula[language]),
        ("filters", ", ".join(f"{name} = {value}" for name, value in found.filters.items())),
        ("bound", _bound_told(found, language)),
        ("state", text(f"cli.explain_status_{found.status_code}", language)),
        ("checks", _checks_told(found, language)),
        ("as_of", f"{found.as_of_on} · {found.publication_name} · {found.run_id}"),
        ("sources", "\n".join(_source_told(each, language) for each in found.sources)),
        ("version", _version_told(found, notes, language)),
        ("owner", figure.owner),
        ("model", f"{figure.model}.{figure.column} ← {figure.table}"),
        ("sql", found.sql),
        (
            "columns",
            "\n".join(f"{table}: {', '.join(columns)}" for table, columns in found.upstream_columns.items()),
        ),
        ("message", found.message),
    ]
    return [(key, value) for key, value in facts if value]


def _bound_told(found: Explanation, language: str) -> str:
    waiting = ", ".join(f"{table} {rows}" for table, rows in found.quarantined.items())
    limits = found.bound
    if limits.code == "exact":
        return text("cli.explain_exact", language)
    low, high = (_number(value) if value is not None else "?" for value in (limits.low, limits.high))
    return text(f"cli.explain_{limits.code}", language, rows=waiting, low=low, high=high)


def _checks_told(found: Explanation, language: str) -> str:
    told = text("cli.explain_checked", language, passed=found.checks_passed, failed=len(found.checks_failed))
    return "\n".join([told, *found.checks_failed])


def _source_told(source: dict[str, Any], language: str) -> str:
    until = source["data_until_at"]
    reached = f"{until:%Y-%m-%d %H:%M}" if until else "–"
    return text(
        "cli.explain_source", language, table=source["table"], source=source["source"] or "–", until=reached
    )


def _version_told(found: Explanation, notes: list[dict], language: str) -> str:
    figure = found.figure
    told = [f"{figure.version} ({figure.since_on})"]
    if found.own_defaults:
        own = ", ".join(f"{name} = {value:g}" for name, value in found.own_defaults.items())
        told[0] += f" · {text('cli.explain_own', language, defaults=own)}"
    told += [
        f"{note['version']}: {note['first_as_of_on']} {note[f'why_{language}']}"
        for note in notes
        if note[f"why_{language}"]
    ]
    return "\n".join(told)


def _behind(found: Explanation, title: str) -> str:
    of = found.figure.of
    return of.evidence.table if title == "evidence" and of and of.evidence else found.figure.table


def _rows_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("–" if value is None else str(value).replace("[", "\\[") for value in row.values()))
    return table


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.6f}".rstrip("0").rstrip(".")
