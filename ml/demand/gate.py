"""Does the demand model ship? By class of series, and only where it beats the published baseline."""

from collections.abc import Mapping
from dataclasses import dataclass

from ml.backtest.results import BacktestResult

BASELINE = "seasonal_naive"
_FEWEST = 30


@dataclass(frozen=True)
class Verdict:
    """classes: those whose forecasts the model makes. reasons: a code and numbers for each class judged."""

    classes: frozenset[str]
    reasons: Mapping[str, str]

    @property
    def ships(self) -> bool:
        """Whether the model makes any forecast at all."""
        return bool(self.classes)


def verdict(result: BacktestResult) -> Verdict:
    """A class ships when the model's quantile loss is below the baseline's on at least 30 outcomes."""
    losses: dict[str, dict[str, tuple[float, int]]] = {}
    for row in result.rows.filter(metric="pinball", horizon="all", origin="all").iter_rows(named=True):
        losses.setdefault(row["segment"], {})[row["method"]] = (row["value"], row["count"])
    shipped, reasons = set(), {}
    for name, by_method in sorted(losses.items()):
        if name == "all" or not {"model", BASELINE} <= set(by_method):
            continue
        (model, count), (baseline, _) = by_method["model"], by_method[BASELINE]
        code = "too_few" if count < _FEWEST else "better" if model < baseline else "not_better"
        reasons[name] = f"{code}: pinball {model:.4g} against {baseline:.4g} on {count}"
        if code == "better":
            shipped.add(name)
    return Verdict(frozenset(shipped), reasons)
