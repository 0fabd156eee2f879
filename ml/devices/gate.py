"""Whether the forecast of failures is published, or the fixed interval stays."""

from dataclasses import dataclass

from ml.backtest.results import BacktestResult

_LEAST_VISITS = 20


@dataclass(frozen=True)
class Verdict:
    """ships: whether the model's numbers are published. reasons: codes with the numbers behind them."""

    ships: bool
    reasons: tuple[str, ...]


def verdict(result: BacktestResult) -> Verdict:
    """The model ships if its visits are right more often than those of a fixed interval."""
    model, interval = result.metrics.get("model", {}), result.metrics.get("fixed_interval", {})
    ours, theirs = model.get("precision_at_cap"), interval.get("precision_at_cap")
    if ours is None or theirs is None or (model.get("visits") or 0) < _LEAST_VISITS:
        return Verdict(False, ("too_few_visits_scored",))
    code = "more_precise_than_interval" if ours > theirs else "not_better_than_interval"
    return Verdict(ours > theirs, (f"{code}: {ours:.3f} against {theirs:.3f}",))
