"""Whether the model of churn ships: on cases after those it learnt from, beside what it must beat."""

from dataclasses import dataclass

from ml.backtest.results import BacktestResult

#: Where at most this share leaves, the top tenth must hold LIFT times as many; else NEAR of what is possible.
RARE, LIFT, NEAR = 0.2, 2.0, 0.85


@dataclass(frozen=True)
class Verdict:
    """ships: all checks held. reasons: each check as (code, found, needed, held)."""

    ships: bool
    reasons: tuple[tuple[str, float | None, float | None, bool], ...]


def verdict(result: BacktestResult) -> Verdict:
    """Judge a back-test by orders: PR-AUC above prevalence and above recency alone, lift, Brier.

    A measure that could not be taken (all left, or none) holds nothing: without a record no model ships.
    """
    model, recency = result.metrics["model"], result.metrics["recency_only"]
    constant = result.metrics["constant_rate"]
    prevalence = model["prevalence"]
    needed_lift = None
    if prevalence:
        needed_lift = LIFT if prevalence <= RARE else NEAR * min(1 / prevalence, 10.0)
    checks = (
        ("pr_auc_above_prevalence", model["pr_auc"], prevalence, False),
        ("pr_auc_above_recency", model["pr_auc"], recency["pr_auc"], False),
        ("lift_10", model["lift_10"], needed_lift, True),
        ("brier_below_constant", constant["brier"], model["brier"], False),
    )
    reasons = tuple(
        (code, found, needed, _holds(found, needed, or_equal)) for code, found, needed, or_equal in checks
    )
    return Verdict(all(held for *_, held in reasons), reasons)


def _holds(found: float | None, needed: float | None, or_equal: bool) -> bool:
    if found is None or needed is None:
        return False
    return found >= needed if or_equal else found > needed
