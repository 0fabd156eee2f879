"""`gantry status`: what is published, how the newest run stands, how fresh each table is."""

import json
from dataclasses import asdict

import typer
from rich.table import Table

from cli.common import CompanyOption, JsonOption, LakeOption, out, print_json, told_plainly
from lake.publication import Publication, connect_publication, current_publication, last_run
from lake.settings import Settings, load_settings
from lake.text import text

FRESHNESS = (
    "select table_name, status_code, loaded_at, data_until_at, message from ops.freshness"
    " where status_code <> 'no_source' order by table_name"
)


def status(company: CompanyOption = None, lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """Say what readers see now; ends with 2 while there is nothing to see or the newest night failed."""
    with told_plainly():
        settings = load_settings(company=company, lake=lake)
        publication, run = current_publication(settings), last_run(settings)
        tables = _freshness(settings, publication)
    if as_json:
        content = {
            "publication": asdict(publication) if publication else None,
            "last_run": asdict(run) if run else None,
            "tables": tables,
        }
        print_json(json.dumps(content, default=str, ensure_ascii=False))
    else:
        if publication is None:
            out.print(text("lake.no_publication", None, lake=settings.paths.root))
        else:
            out.print(
                text(
                    "cli.status_published",
                    None,
                    name=publication.name,
                    as_of=publication.as_of_on,
                    at=f"{publication.published_at:%Y-%m-%d %H:%M}",
                )
            )
        if run is not None:
            out.print(
                text(f"cli.status_run_{run.status_code}", None, as_of=run.as_of_on, message=run.message),
                highlight=False,
                markup=False,
            )
        if tables:
            out.print(_table(tables))
    is_bad = publication is None or (run is not None and run.status_code == "failed")
    raise typer.Exit(
        2 if is_bad else 1 if publication is not None and publication.status_code == "check_failed" else 0
    )


def _freshness(settings: Settings, publication: Publication | None) -> list[dict[str, object]]:
    if publication is None:
        return []
    with connect_publication(settings) as con:
        rows = con.sql(FRESHNESS)
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


def _table(tables: list[dict[str, object]]) -> Table:
    shown = Table(show_edge=False, pad_edge=False)
    for name in ("table", "status", "loaded_at", "data_until", "message"):
        shown.add_column(text(f"cli.column_{name}"), overflow="fold")
    for row in tables:
        cells = (
            row["table_name"],
            text(f"cli.load_{row['status_code']}"),
            row["loaded_at"],
            row["data_until_at"],
            row["message"],
        )
        shown.add_row(*("–" if cell is None else str(cell).partition(".")[0] for cell in cells))
    return shown
