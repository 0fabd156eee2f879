"""`gantry backtest delay`: how well delays would have been foretold, beside booster, classes and plan."""

from datetime import timedelta
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

    from pipelines.backtest_facts import Frames

READS = {
    "marts.fct_milestone": ["*"],
    "marts.fct_purchase_line": ["*"],
    "marts.fct_order": ["*"],
    "marts.dim_project": ["project_id", "customer_id", "region_code", "site_id", "name"],
    "marts.dim_product": ["product_id", "category_code", "model_code"],
}
#: Fewer pieces of work that began, had a date and finished say nothing about a forecast.
LEAST = 120


def backtest_delay(
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    from_on: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=text("cli.help_backtest_from"))
    ] = None,
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="milestones|purchases|orders", help=text("cli.help_backtest_delay_of")),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Milestones if enough of them have finished, else purchase lines, else orders."""
    from ml.delay.rolling import backtest
    from pipelines.backtest_facts import NoFactsError, company_facts

    since = business_date_of(from_on)
    if of not in (None, "milestones", "purchases", "orders"):
        fail(text("cli.backtest_delay_bad_of", None, value=of), EXIT_USAGE)
    with told_plainly():
        try:
            frames, as_of_on = company_facts(settings_of(company, data, lake), READS)
        except NoFactsError as error:
            fail(str(error), EXIT_USAGE)
    chosen = _chosen(frames, of)
    if chosen is None:
        fail(text("cli.backtest_delay_nothing", None, least=LEAST), EXIT_USAGE)
    if since is not None and since > as_of_on - timedelta(days=1):
        fail(text("cli.backtest_delay_late_from", None, value=since, last=as_of_on), EXIT_USAGE)
    tell(backtest(chosen, as_of_on, from_on=since), as_json)


def _chosen(frames: "Frames", of: str | None) -> "pl.DataFrame | None":
    """The items of the kind asked for, else of the first kind of which enough is known."""
    from ml.delay.items import milestone_items, order_items, purchase_items

    projects, products = frames["marts.dim_project"], frames["marts.dim_product"]
    lines = frames["marts.fct_purchase_line"]
    kinds = {
        "milestones": lambda: milestone_items(frames["marts.fct_milestone"], projects, lines),
        "purchases": lambda: purchase_items(lines, projects, products),
        "orders": lambda: order_items(frames["marts.fct_order"]),
    }
    for kind in [of] if of else list(kinds):
        items = kinds[kind]()
        known = items.drop_nulls(["started_on", "planned_finish_on", "finished_on"])
        if known.height >= LEAST:
            return items
    return None
