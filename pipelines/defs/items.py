"""After the publication: the alert rules over what readers see, and their items in the action store."""

import dagster as dg

from lake.settings import Settings
from pipelines.items import ITEMS_ASSET, ItemsReport, open_items
from pipelines.night import Night
from pipelines.timing import timed


def items_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset `action_items`, downstream of the publication that its rules read."""

    @dg.asset(
        name=ITEMS_ASSET,
        deps=["publication"],
        group_name="actions",
        kinds={"sqlalchemy"},
        owners=["team:data-platform"],
        description="Alerts opened, cleared and escalated by the rules. Grain: one item a rule and thing.",
        required_resource_keys={"night"},
    )
    def action_items(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        night.progress.start(ITEMS_ASSET)
        assert night.publication is not None
        if night.company.as_of_on is not None:
            # Its day never moves on: nobody could act on an alert, and each night would change the next one.
            night.progress.finish(ITEMS_ASSET)
            return dg.MaterializeResult(metadata={"reason": "a fixed extract opens no items"})
        with timed(night.seconds, "items"):
            report = open_items(settings, night.publication)
        night.checks.append(report.check())
        night.progress.finish(ITEMS_ASSET)
        return dg.MaterializeResult(metadata=_told(report))

    return action_items


def _told(report: ItemsReport) -> dict[str, object]:
    found = report.evaluation
    if found is None:
        return {"problem": report.problem}
    return {
        "opened": len(found.opened),
        "cleared": len(found.cleared),
        "escalated": len(found.escalated),
        "merged": len(found.merged),
        "standing": found.standing_count,
        "settled": found.settled_count,
        "skipped": ", ".join(each.rule_id for each in found.skipped) or "–",
        "refused": len(report.applied.refused) if report.applied else 0,
        "problem": report.problem or "–",
    }
