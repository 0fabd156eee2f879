"""Whether the model's score sets the tier, or the rule stays."""

from dataclasses import dataclass

from ml.backtest.results import BacktestResult


@dataclass(frozen=True)
class Verdict:
    """ships: the model ranks the coming year better than last year's worth. reasons: each check."""

    ships: bool
    reasons: tuple[tuple[str, float | None, float | None, bool], ...]


def verdict(result: BacktestResult) -> Verdict:
    """Judge a back-test of value: Spearman above the one of last year's worth, else the rule stays."""
    ours, theirs = (result.metrics[method]["spearman"] for method in ("model", "last_year"))
    held = ours is not None and (theirs is None or ours > theirs)
    return Verdict(held, (("spearman_above_last_year", ours, theirs, held),))
