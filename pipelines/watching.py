"""What is watched of the forecasts each night: do bands hold, does the company look as it did at training.

A failed watch is a warning: it stops nothing and greys no figure. The pages mute the bands and say why.
"""

import dagster as dg
import polars as pl

from lake.checks import CheckResult

COVERAGE, DRIFT = "coverage", "drift"
COVERAGE_TABLE, DRIFT_TABLE = "ml_coverage_card", "ml_drift_card"


def coverage_check(record: pl.DataFrame) -> CheckResult:
    """Whether the bands of delay published so far held (`ml_coverage_card`); too few fail nothing."""
    muted = record.filter("is_muted").sort("segment_kind", "segment")
    told = [
        f"{row['segment_kind']} {row['segment']}: {row['coverage_share']:.1%} of {row['outcome_count']},"
        f" {row['reason_code']}"
        for row in muted.iter_rows(named=True)
    ]
    return CheckResult(
        check_name=COVERAGE,
        asset_name=COVERAGE_TABLE,
        severity_code="warn",
        is_passed=not told,
        expected="75–85% of outcomes inside their 80% band, evenly missed",
        actual=f"{muted.height} of {record.height} segments muted",
        message="; ".join(told) and f"{'; '.join(told)}: their bands are muted; train anew (gantry train)",
    )


def drift_check(card: pl.DataFrame) -> CheckResult:
    """Whether what the models are asked about has moved from their training snapshot, of `ml_drift_card`."""
    moved = card.filter("is_drifted").sort(
        "question_code", "psi", "feature_code", descending=[False, True, False]
    )
    told = [
        f"{question}: "
        + ", ".join(
            f"{row['feature_code']} {'gone' if row['psi'] is None else format(row['psi'], '.2f')}"
            for row in rows.head(3).iter_rows(named=True)
        )
        for (question,), rows in moved.group_by("question_code", maintain_order=True)
    ]
    return CheckResult(
        check_name=DRIFT,
        asset_name=DRIFT_TABLE,
        severity_code="warn",
        is_passed=not told,
        expected="every feature's PSI below its limit",
        actual=f"{moved.height} of {card.height} features drifted",
        message="; ".join(told)
        and f"{'; '.join(told)}: the bands of these forecasts are muted; see what the sources sent of late",
    )


def asset_check(result: CheckResult) -> dg.AssetCheckResult:
    """The same result as Dagster shows it, on the asset that it watches."""
    return dg.AssetCheckResult(
        passed=result.is_passed,
        asset_key=result.asset_name,
        check_name=result.check_name,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"expected": result.expected, "actual": result.actual, "message": result.message or "–"},
    )
