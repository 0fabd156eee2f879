"""How well would the outside view have done, beside «trust the plan», at earlier dates?"""

from datetime import date

import polars as pl

from ml.backtest import metrics
from ml.delay.config import INPUT_SCHEMA, QUANTILES, DelayConfig
from ml.delay.forecast import forecast
from ml.frames import with_schema


def outcomes(
    milestones: pl.DataFrame, origins: list[date], known_until_on: date, config: DelayConfig | None = None
) -> pl.DataFrame:
    """The forecasts of every milestone that was started and open at each origin, and what came of it.

    Adds to the forecast's columns: phase_code, planned_delay_days (what trusting the plan says: 0, or once
    the plan is past, tomorrow), outcome_days (the delay, or where it has not finished by `known_until_on`,
    the delay it had reached then) and is_final. Budgets are those of the frame, not of the origin.
    """
    milestones = with_schema(milestones, INPUT_SCHEMA, "milestones")
    facts = milestones.select("milestone_id", "phase_code", "planned_finish_on", "started_on", "finished_on")
    frames = [
        forecast(milestones, origin, publication_name="", run_id="", config=config) for origin in origins
    ]
    plan = pl.col("planned_finish_on")
    is_final = (pl.col("finished_on") <= known_until_on).fill_null(False)
    last_seen_on = pl.when(is_final).then("finished_on").otherwise(pl.lit(known_until_on))
    return (
        pl.concat(frames)
        .join(facts, on="milestone_id", how="inner", maintain_order="left")
        .filter(pl.col("started_on") <= pl.col("as_of_on"))
        .with_columns(
            planned_delay_days=((pl.col("as_of_on") - plan).dt.total_days() + 1).clip(lower_bound=0),
            outcome_days=(last_seen_on - plan).dt.total_days(),
            is_final=is_final,
        )
        .drop("planned_finish_on", "started_on", "finished_on", "publication_name", "_run_id")
    )


def score(rows: pl.DataFrame) -> dict[str, float | int | None]:
    """The measures of `outcomes` rows, in days and shares.

    pinball_days and plan_pinball_days: mean over the four quantiles, each the least that agrees with what is
    known, open milestones included. coverage_share: P10–P90 among milestones that have finished; that of all
    lies between coverage_low_share and coverage_high_share (open ones counted out, or in while they can be).
    """
    if rows.is_empty():
        return {"count": 0}
    outcome, is_final = rows["outcome_days"], rows["is_final"]
    quantiles = {q: rows[f"delay_p{round(100 * q)}_days"] for q in QUANTILES}
    low, high = quantiles[min(QUANTILES)], quantiles[max(QUANTILES)]
    final = rows.filter("is_final")
    inside = (outcome >= low) & (outcome <= high)

    def mean_pinball(forecasts: dict[float, pl.Series]) -> float:
        losses = [metrics.pinball_at_least(outcome, f, q, is_final) for q, f in forecasts.items()]
        return sum(losses) / len(losses)

    return {
        "count": rows.height,
        "final_count": final.height,
        "pinball_days": mean_pinball(quantiles),
        "plan_pinball_days": mean_pinball(dict.fromkeys(QUANTILES, rows["planned_delay_days"])),
        "coverage_share": metrics.coverage(
            final["outcome_days"], final["delay_p10_days"], final["delay_p90_days"]
        ),
        "coverage_low_share": (inside & is_final).mean(),
        "coverage_high_share": (inside & is_final | ~is_final & (outcome < high)).mean(),
        "width_days": metrics.width(low, high),
    }
