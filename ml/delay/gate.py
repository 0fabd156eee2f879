"""Whether the delay model may publish its own numbers, by its back-test; else the reference classes do."""

from dataclasses import dataclass

from ml.backtest.results import BacktestResult

#: The 80% band must hold for a share of outcomes between these.
COVERAGE = (0.75, 0.85)
#: Fewer outcomes than this prove nothing.
LEAST_COUNT = 100


@dataclass(frozen=True)
class Reason:
    """One condition: what was found, the limit it stands against, and whether it was met."""

    code: str
    value: float | None
    limit: float | None
    is_met: bool


@dataclass(frozen=True)
class Verdict:
    """Ships if all conditions are met; reasons in a fixed order, met or not, so that a card can list them."""

    ships: bool
    reasons: tuple[Reason, ...]


def verdict(result: BacktestResult) -> Verdict:
    """The gate: enough outcomes, less pinball than the classes and than the plan, coverage, a better Brier.

    A measure that is missing is a condition not met.
    """
    of = {method: dict(measures) for method, measures in result.metrics.items()}
    model = of.get("model", {})
    reasons = [Reason("enough_outcomes", float(result.n), float(LEAST_COUNT), result.n >= LEAST_COUNT)]
    for code, baseline, metric in (
        ("pinball_below_reference_class", "reference_class", "pinball"),
        ("pinball_below_plan", "planned_date", "pinball"),
        ("brier_below_booster", "hist_gradient_boosting", "brier"),
    ):
        value, limit = model.get(metric), of.get(baseline, {}).get(metric)
        is_met = value is not None and limit is not None and value < limit
        reasons.append(Reason(code, value, limit, is_met))
    coverage = model.get("coverage_80")
    low, high = COVERAGE
    reasons.append(Reason("coverage_at_least", coverage, low, coverage is not None and coverage >= low))
    reasons.append(Reason("coverage_at_most", coverage, high, coverage is not None and coverage <= high))
    return Verdict(all(reason.is_met for reason in reasons), tuple(reasons))
