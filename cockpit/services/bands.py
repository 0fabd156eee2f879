"""Which bands may be believed: what drift or coverage has made untrustworthy is muted, and says why."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cockpit.services import numbers
from cockpit.services.words import code_label, say
from ml.delay.read import RecordConfig, muted_milestones

_RULES = RecordConfig()
#: Of a card's back-test, the method that is published where the model is not.
BASELINES = {
    "delay": "reference_class",
    "demand": "seasonal_naive",
    "churn": "recency_only",
    "value": "last_year",
    "devices": "fixed_interval",
}


@dataclass(frozen=True)
class Held:
    """How often an 80% band held: over how many outcomes, and whether that is told of what was published.

    `is_live` is False where only the back-test knows.
    """

    share: float
    count: int
    is_live: bool

    @property
    def is_muted(self) -> bool:
        """Whether enough outcomes say that the band promises more than it keeps."""
        return self.count >= _RULES.minimum_count and self.share < _RULES.low_share

    def words(self, language: str, muted: str = "band_muted") -> str:
        """The record in words, with what is done about a band that is muted (the text `muted`)."""
        key = "band_live" if self.is_live else "band_tried"
        told = say(key, language, share=numbers.share(self.share), n=numbers.count(self.count, language))
        return f"{told} {say(muted, language)}" if self.is_muted else told


def demand_held(booked: pl.DataFrame, card: pl.DataFrame, lag_days: int = 30) -> Held | None:
    """How the band of demand held: of published forecasts once enough is booked, else in the back-test."""
    if booked.height:
        known = booked.filter(pl.col("lag_days") == lag_days, pl.col("region_code").is_null()).drop_nulls(
            ["quantity_p10", "quantity_p90"]
        )
        if known.height >= _RULES.minimum_count:
            inside = known["quantity_actual"].is_between(known["quantity_p10"], known["quantity_p90"])
            return Held(float(inside.mean()), known.height, is_live=True)
    return card_held("demand", card)


def card_held(question: str, card: pl.DataFrame) -> Held | None:
    """How the band of the published method held in the back-test; None without one."""
    if card.is_empty():
        return None
    method = "model" if card["is_shipped"][0] else BASELINES[question]
    found = card.filter(method_code=method, metric_code="coverage_80").drop_nulls("value")
    if found.is_empty():
        return None
    return Held(float(found["value"][0]), int(found["outcome_count"][0]), is_live=False)


def is_drifted(drift: pl.DataFrame) -> bool:
    """Whether a question is asked about another company than it was trained beside (`ml_drift_card`)."""
    return bool(drift.height and drift["is_drifted"].any())


def drift_words(drift: pl.DataFrame, language: str) -> str:
    """Why the bands of a question are muted by drift; empty where they are not."""
    if not is_drifted(drift):
        return ""
    moved = drift.filter("is_drifted")
    return say(
        "drift_muted",
        language,
        n=numbers.count(drift.height, language),
        moved=numbers.count(moved.height, language),
        psi=numbers.decimal(moved["psi"].max(), 2),
        limit=numbers.decimal(moved["psi_limit"].min(), 2),
        on=numbers.date(drift["anchor_on"][0]),
    )


def delay_mutes(
    milestones: pl.DataFrame, coverage: pl.DataFrame, trust: pl.DataFrame, drift: pl.DataFrame
) -> pl.DataFrame:
    """milestone_id, muted_reason_code (NULL: shown): bands of open milestones not to be believed now.

    coverage: rows of `ml_coverage_card`. trust: milestone_id, tier_code and is_schedule_trusted. drift: rows
    of `ml_drift_card` about delay; drift mutes all, whatever else there is.
    """
    if coverage.is_empty():
        coverage = pl.DataFrame(schema=dict.fromkeys(_RECORD, pl.String) | {"is_muted": pl.Boolean})
    placed = milestones.join(trust, on="milestone_id", how="left", maintain_order="left").unique(
        "milestone_id", keep="first", maintain_order=True
    )
    failing = placed.filter(~pl.col("is_schedule_trusted")).select("project_id").unique()
    found = muted_milestones(placed, coverage, failing)
    reason = pl.lit("feature_drift") if is_drifted(drift) else pl.col("reason_code")
    return found.select("milestone_id", muted_reason_code=reason)


_RECORD = ("segment_kind", "segment", "reason_code")


def mute_words(code: str | None, language: str) -> str:
    """Why a band of delay is muted; empty where it is not."""
    return say(f"mute_{code}", language) if code else ""


def muted_classes(known: pl.DataFrame, mutes: pl.DataFrame) -> set[str]:
    """The reference classes all of whose open milestones are muted."""
    placed = known.select("milestone_id", "reference_class").join(mutes, on="milestone_id")
    by_class = placed.group_by("reference_class").agg(shown=pl.col("muted_reason_code").null_count())
    return set(by_class.filter(pl.col("shown") == 0)["reference_class"].to_list())


def mute_summary(mutes: pl.DataFrame, language: str) -> str:
    """How many bands are muted and why; empty where none is."""
    counted = mutes.drop_nulls("muted_reason_code").group_by("muted_reason_code").len()
    if counted.is_empty():
        return ""
    reasons = [
        say("muted_count", language, reason=mute_words(code, language), n=numbers.count(count, language))
        for code, count in counted.sort(["len", "muted_reason_code"], descending=[True, False]).iter_rows()
    ]
    return say(
        "delay_muted",
        language,
        n=numbers.count(mutes.height, language),
        muted=numbers.count(int(counted["len"].sum()), language),
        reasons=say("list_comma", language).join(reasons),
    )


@dataclass(frozen=True)
class Segment:
    """How the bands of delay held for one segment."""

    label: str
    share: float
    count: int
    reason: str
    is_muted: bool
    pinball: float | None = None
    auc: float | None = None


def segments(coverage: pl.DataFrame, language: str) -> list[Segment]:
    """The record over all, then by phase and by tier, the most outcomes first."""
    if coverage.is_empty():
        return []
    order = {"all": 0, "phase": 1, "tier": 2}
    rows = sorted(
        coverage.iter_rows(named=True),
        key=lambda row: (order[row["segment_kind"]], -row["outcome_count"], row["segment"]),
    )
    return [
        Segment(
            _segment_label(row, language),
            row["coverage_share"],
            row["outcome_count"],
            say(f"record_{row['reason_code']}", language),
            row["is_muted"],
            # A record published before these were told has neither.
            row.get("pinball_days"),
            row.get("late_auc"),
        )
        for row in rows
    ]


def segment_table(segments: list[Segment]) -> pl.DataFrame:
    """The same as a table."""
    return pl.DataFrame(
        [(each.label, each.share, each.count, each.pinball, each.auc, each.reason) for each in segments],
        schema={
            "segment": pl.String,
            "coverage_share": pl.Float64,
            "outcome_count": pl.Int64,
            "pinball_days": pl.Float64,
            "late_auc": pl.Float64,
            "record_state": pl.String,
        },
        orient="row",
    )


def _segment_label(row: dict, language: str) -> str:
    if row["segment_kind"] == "all":
        return say("class_all", language)
    if row["segment_kind"] == "tier":
        return say("tier_of", language, tier=row["segment"])
    return code_label("phase", row["segment"], language)


def coverage_finding(coverage: pl.DataFrame, language: str) -> str:
    """Whether the bands of delay held, over all."""
    whole = coverage.filter(segment_kind="all") if coverage.height else coverage
    if whole.is_empty():
        return say("record_none", language)
    row = whole.row(0, named=True)
    return say(
        "record_finding",
        language,
        share=numbers.share(row["coverage_share"]),
        n=numbers.count(row["outcome_count"], language),
        reason=say(f"record_{row['reason_code']}", language),
    )
