"""What the archive says of the bands: how often they held, by phase and tier, and if they still may show."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ml.backtest import metrics
from ml.delay.config import RECORD_SCHEMA
from ml.frames import with_schema

#: Columns read of `history.ml_delay_forecast`, and of the milestones as they are known now.
ARCHIVE_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "as_of_on": pl.Date,
    "delay_p10_days": pl.Int64,
    "delay_p50_days": pl.Int64,
    "delay_p90_days": pl.Int64,
    "late_probability_share": pl.Float64,
}
#: Without these a row is no band and is not judged.
BAND_COLUMNS = ("delay_p10_days", "delay_p90_days")
ACTUAL_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "phase_code": pl.String,
    "tier_code": pl.String,
    "planned_finish_on": pl.Date,
    "finished_on": pl.Date,
}


@dataclass(frozen=True)
class RecordConfig:
    """When bands are muted.

    window_days: outcomes of the last so many days count. low_share, high_share: what an 80% band must hold.
    minimum_count: with fewer outcomes a record is shown and mutes nothing. drift_probability: bands are muted
    when outcomes below, within and above them would fall out so unevenly this seldom.
    """

    window_days: int = 365
    low_share: float = 0.75
    high_share: float = 0.85
    minimum_count: int = 30
    drift_probability: float = 0.001


def recount(
    archive: pl.DataFrame, milestones: pl.DataFrame, as_of_on: date, config: RecordConfig | None = None
) -> pl.DataFrame:
    """How the archived bands held (RECORD_SCHEMA): a row for all, and one a phase and one a tier.

    archive: ARCHIVE_SCHEMA, every published forecast; of each milestone the first counts, so that long waits
    weigh no more than short ones. milestones: ACTUAL_SCHEMA. An outcome of the window is a finish in it, or a
    milestone that is open and has run over its P90 in it: a miss as sure as any. pinball_days: the mean loss
    of P10, P50 and P90 of those that finished (finished_count). late_auc: how well the chance of being late
    told the late ones from the others; NULL where all or none were.
    Muted (reason_code): `drift`, `coverage_low`, `coverage_high`; else `held` or `too_few`. Raises
    MissingColumnsError.
    """
    config = config or RecordConfig()
    outcomes = _outcomes(archive, milestones, as_of_on, config)
    frames = [_counted(outcomes.with_columns(segment=pl.lit("all")), "all")]
    for kind, column in (("phase", "phase_code"), ("tier", "tier_code")):
        frames.append(_counted(outcomes.drop_nulls(column).rename({column: "segment"}), kind))
    counted = pl.concat(frames)
    reason = _reason(counted, config)
    return (
        counted.with_columns(reason_code=reason, as_of_on=pl.lit(as_of_on))
        .with_columns(is_muted=pl.col("reason_code").is_in(["drift", "coverage_low", "coverage_high"]))
        .select(pl.col(name).cast(dtype) for name, dtype in RECORD_SCHEMA.items())
        .sort("segment_kind", "segment")
    )


def muted_milestones(
    milestones: pl.DataFrame, record: pl.DataFrame, failing_projects: pl.DataFrame | None = None
) -> pl.DataFrame:
    """milestone_id, is_muted and reason_code: which bands may not be shown now.

    milestones: milestone_id, project_id, phase_code, tier_code. record: of `recount`. failing_projects:
    project_id of those whose schedule fails its quality test. The whole record mutes all; else that of the
    phase, of the tier, and the schedule, in this order.
    """
    muted = record.filter("is_muted")
    overall = muted.filter(pl.col("segment_kind") == "all")["reason_code"].to_list()
    rows = milestones.select("milestone_id", "project_id", "phase_code", "tier_code")
    reasons = []
    if overall:
        reasons.append(pl.lit(overall[0]))
    for kind, column in (("phase", "phase_code"), ("tier", "tier_code")):
        of_kind = muted.filter(pl.col("segment_kind") == kind)
        named = dict(zip(of_kind["segment"].to_list(), of_kind["reason_code"].to_list(), strict=True))
        if named:
            reasons.append(pl.col(column).replace_strict(named, default=None, return_dtype=pl.String))
    if failing_projects is not None and failing_projects.height:
        is_failing = pl.col("project_id").is_in(failing_projects["project_id"].to_list())
        reasons.append(pl.when(is_failing).then(pl.lit("schedule_fails")))
    reason = pl.coalesce(*reasons) if reasons else pl.lit(None, pl.String)
    return rows.select("milestone_id", is_muted=reason.is_not_null(), reason_code=reason).sort("milestone_id")


def _outcomes(
    archive: pl.DataFrame, milestones: pl.DataFrame, as_of_on: date, config: RecordConfig
) -> pl.DataFrame:
    since, as_of = pl.lit(as_of_on - timedelta(days=config.window_days)), pl.lit(as_of_on)
    first = (
        with_schema(archive, ARCHIVE_SCHEMA, "archive")
        .filter(pl.col("as_of_on") < as_of)
        .drop_nulls(BAND_COLUMNS)
        .sort("milestone_id", "as_of_on", maintain_order=True)
        .unique("milestone_id", keep="first", maintain_order=True)
    )
    known = first.join(with_schema(milestones, ACTUAL_SCHEMA, "milestones"), on="milestone_id")
    plan, finish = pl.col("planned_finish_on"), pl.col("finished_on")
    last_day = plan + pl.duration(days=pl.col("delay_p90_days"))
    is_final = (finish <= as_of).fill_null(False)
    decided_on = pl.when(is_final).then(finish).when(last_day < as_of).then(last_day + pl.duration(days=1))
    delay = (pl.when(is_final).then(finish).otherwise(as_of) - plan).dt.total_days()
    return (
        known.with_columns(decided_on=decided_on)
        .filter(pl.col("decided_on") > since)
        .with_columns(
            is_below=is_final & (delay < pl.col("delay_p10_days")),
            is_above=delay > pl.col("delay_p90_days"),
            is_final=is_final,
            delay_days=delay,
        )
        .sort("milestone_id")
    )


def _counted(outcomes: pl.DataFrame, kind: str) -> pl.DataFrame:
    scores = [
        {"segment": segment, **_scores(rows)}
        for (segment,), rows in outcomes.group_by("segment", maintain_order=True)
    ]
    scored = pl.DataFrame(scores, schema={"segment": pl.String, **_SCORES})
    return (
        outcomes.group_by("segment")
        .agg(
            outcome_count=pl.len().cast(pl.Int64),
            below_count=pl.col("is_below").sum().cast(pl.Int64),
            above_count=pl.col("is_above").sum().cast(pl.Int64),
        )
        .select(
            pl.lit(kind).alias("segment_kind"),
            "segment",
            "outcome_count",
            "below_count",
            "above_count",
            coverage_share=(
                1 - (pl.col("below_count") + pl.col("above_count")) / pl.col("outcome_count")
            ).round(6),
        )
        .join(scored, on="segment", how="left")
        .sort("segment")
    )


_SCORES: dict[str, type[pl.DataType]] = {
    "finished_count": pl.Int64,
    "pinball_days": pl.Float64,
    "late_auc": pl.Float64,
}


def _scores(rows: pl.DataFrame) -> dict[str, float | int | None]:
    """The losses of what finished, and how well lateness was told, over rows in their order."""
    finished = rows.filter("is_final").drop_nulls("delay_p50_days")
    losses = [
        metrics.pinball(
            finished["delay_days"].to_list(), finished[f"delay_p{level}_days"].to_list(), level / 100
        )
        for level in (10, 50, 90)
    ]
    told = rows.drop_nulls("late_probability_share")
    auc = metrics.auc((told["delay_days"] > 0).to_list(), told["late_probability_share"].to_list())
    return {
        "finished_count": finished.height,
        "pinball_days": round(sum(losses) / 3, 6) if finished.height else None,
        "late_auc": None if auc is None else round(auc, 6),
    }


def _reason(counted: pl.DataFrame, config: RecordConfig) -> pl.Series:
    from scipy.stats import chi2

    reasons = []
    for row in counted.iter_rows(named=True):
        count, below, above = row["outcome_count"], row["below_count"], row["above_count"]
        expected = (0.1 * count, 0.8 * count, 0.1 * count)
        found = (below, count - below - above, above)
        statistic = sum((f - e) ** 2 / e for f, e in zip(found, expected, strict=True))
        share = row["coverage_share"]
        if count < config.minimum_count:
            reasons.append("too_few")
        elif chi2.sf(statistic, 2) < config.drift_probability:
            reasons.append("drift")
        elif share < config.low_share:
            reasons.append("coverage_low")
        else:
            reasons.append("coverage_high" if share > config.high_share else "held")
    return pl.Series(reasons, dtype=pl.String)
