"""Every back-test on the public data sets, told in docs/forecasts.md: `make forecasts`.

The page is made by this command alone. Each section holds the command as it was run, the measures of all
methods of that run, and what is wanted of them; a wish that is not met says so.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT_ROOT = Path(__file__).resolve().parent.parent
PAGE = PROJECT_ROOT / "docs" / "forecasts.md"
DATA = "../shared/data"
Metrics = Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True)
class Wish:
    """One figure that is wanted: its words, and whether a run's metrics and seconds have it."""

    words: str
    value: Callable[[Metrics, Mapping[str, float]], float]
    holds: Callable[[float], bool]


@dataclass(frozen=True)
class Trial:
    """One back-test: what it answers, the command after `gantry backtest`, and what is wanted of it."""

    title: str
    command: Sequence[str]
    wishes: Sequence[Wish]


def above(words: str, floor: float, value: Callable[..., float]) -> Wish:
    """At least `floor`."""
    return Wish(f"{words} ≥ {floor:g}", value, lambda found: found >= floor)


def below(words: str, ceiling: float, value: Callable[..., float]) -> Wish:
    """At most `ceiling`."""
    return Wish(f"{words} ≤ {ceiling:g}", value, lambda found: found <= ceiling)


def within(words: str, low: float, high: float, value: Callable[..., float]) -> Wish:
    """Between `low` and `high`."""
    return Wish(f"{words} {low:g}–{high:g}", value, lambda found: low <= found <= high)


def of(metric: str, method: str = "model") -> Callable[..., float]:
    """A method's own measure."""
    return lambda metrics, seconds: metrics[method][metric]


def gain(metric: str, baseline: str) -> Callable[..., float]:
    """The model's measure minus a baseline's."""
    return lambda metrics, seconds: metrics["model"][metric] - metrics[baseline][metric]


def share(metric: str, baseline: str) -> Callable[..., float]:
    """The model's measure over a baseline's."""
    return lambda metrics, seconds: metrics["model"][metric] / metrics[baseline][metric]


BOOSTER = "hist_gradient_boosting"
LIBRARIES = ("auto_ets", "dynamic_optimized_theta", "auto_ces")


def against_libraries(metrics: Metrics, seconds: Mapping[str, float]) -> float:
    """The model's seconds over those of the three library members together."""
    return seconds["model"] / sum(seconds[name] for name in LIBRARIES)


def company(name: str) -> list[str]:
    """The options that name a company and its data."""
    return ["--company", f"data/companies/{name}", "--data", f"{DATA}/{name}"]


TRIALS = (
    Trial(
        "Delay of school construction, by start date",
        ["delay", *company("nyc_schools")],
        [
            above("AUC above the untuned booster by", 0.015, gain("auc", BOOSTER)),
            below("Brier below the untuned booster by", -0.008, gain("brier", BOOSTER)),
            below("pinball over the reference class's", 0.9, share("pinball", "reference_class")),
            below("pinball over the planned date's", 1.0, share("pinball", "planned_date")),
            below("MAE of P50 over «trust the plan»", 1.0, share("mae_p50", "planned_date")),
            within("80% band covers", 0.75, 0.85, of("coverage_80")),
            above("least coverage of a phase", 0.70, of("coverage_80_min_phase")),
        ],
    ),
    Trial(
        "Delay of health-commodity deliveries",
        ["delay", *company("scms")],
        [
            above("AUC above the untuned booster by", 0.015, gain("auc", BOOSTER)),
            above("PR-AUC over the untuned booster's", 1.1, share("pr_auc", BOOSTER)),
            below("pinball over the reference class's", 0.9, share("pinball", "reference_class")),
        ],
    ),
    Trial(
        "Demand: 1,428 monthly series of the M3 competition, last 18 months",
        ["demand", "--panel", f"{DATA}/m3/monthly.parquet", "--horizon", "18", "--season", "12"],
        [
            below("MASE", 0.820, of("mase")),
            below("sMAPE", 13.40, of("smape")),
            below("seconds over the three library members together", 2.0, against_libraries),
            within("80% band covers", 0.76, 0.84, of("coverage_80")),
        ],
    ),
    Trial(
        "Demand for car parts, 71% zeros, last 12 of 39 months",
        [
            "demand",
            "--panel",
            f"{DATA}/car_parts/monthly_sales.csv",
            "--wide-id",
            "Part",
            "--horizon",
            "12",
            "--season",
            "12",
            "--test-last",
            "12",
        ],
        [
            below("RMSE over simple smoothing's", 1.0, share("rmse", "ses")),
            below("RMSE over Croston's", 1.0, share("rmse", "croston")),
            below("RMSE over TSB's", 1.0, share("rmse", "tsb")),
            below("absolute bias over simple smoothing's", 1.0, share("abs_bias", "ses")),
            below("absolute bias over Croston's", 1.0, share("abs_bias", "croston")),
            below("absolute bias over TSB's", 1.0, share("abs_bias", "tsb")),
            above("fill rate of the stock by quantiles", 0.95, of("fill_rate")),
            below("its stock over the normal rule's", 1.0, share("stock", "normal_rule")),
        ],
    ),
    Trial(
        "Churn of telecom customers, 5 folds",
        [
            "churn",
            "--table",
            f"{DATA}/telco_churn/customers.csv",
            "--id",
            "customerID",
            "--target",
            "Churn",
        ],
        [
            above("AUC", 0.853, of("auc")),
            below("Brier", 0.1320, of("brier")),
            below("calibration error", 0.02, of("calibration_error")),
        ],
    ),
    Trial(
        "Churn of a wholesaler's customers by 60 days of silence",
        [
            "churn",
            *company("online_retail"),
            "--silence",
            "60",
            "--origins",
            "2011-03-15,2011-04-01,2011-04-15,2011-04-27",
        ],
        [
            above("AUC above RFM logistic regression by", 0.015, gain("auc", "rfm_logistic")),
            above("lift in the top tenth above it by", 0.10, gain("lift_10", "rfm_logistic")),
        ],
    ),
    Trial(
        "Faults of an air-handling unit, whole days left out",
        [
            "devices",
            "--readings",
            f"{DATA}/ahu/MZVAV-2-2.csv",
            "--labels-column",
            "Fault Detection Ground Truth",
        ],
        [above("AUC", 0.88, of("auc"))],
    ),
    Trial(
        "Faults of another unit of which no label was learned",
        [
            "devices",
            "--readings",
            f"{DATA}/ahu/SZCAV.csv",
            "--labels-column",
            "Fault Detection Ground Truth",
            "--learn-from",
            f"{DATA}/ahu/MZVAV-2-2.csv",
        ],
        [above("AUC", 0.70, of("auc"))],
    ),
    Trial(
        "Anomalies in 51 streams, standard profile",
        ["devices", "--readings", f"{DATA}/nab", "--labels-file", f"{DATA}/nab/windows.json"],
        [above("score", 55, of("score"))],
    ),
    Trial(
        "Re-planning: 480 networks of 30 activities",
        ["schedule", "--networks", f"{DATA}/psplib/j30.zip", "--limit", "10"],
        [above("proven optimum", 0.97, of("proven_optimal_share"))],
    ),
    Trial(
        "Re-planning: 480 networks of 60 activities",
        ["schedule", "--networks", f"{DATA}/psplib/j60.zip", "--limit", "10"],
        [below("mean gap to the best known, percent", 1.0, of("mean_gap_pct"))],
    ),
)


def main() -> None:
    """Run what was asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="words of the titles to run; others keep their section")
    asked = parser.parse_args().only
    kept = _sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    for trial in TRIALS:
        if asked and asked.lower() not in trial.title.lower():
            continue
        kept[trial.title] = section(trial, *run(trial))
        # After each one: what an hour has found is not lost with the next one's trouble.
        parts = [HEAD, *(kept[each.title] for each in TRIALS if each.title in kept)]
        PAGE.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


HEAD = """# Forecasts and their record

Made by `make forecasts` on the public data sets in `../shared/data`; nothing here is typed. Baselines stand
in the same run as the model, on the same outcomes; `seconds` are fitting and forecasting on the machine that
made the page. A forecast that does not beat its baseline in its own back-test is not published: the baseline
is, and says so.
"""


def run(trial: Trial) -> tuple[dict[str, Any], float]:
    """What the command prints, and how long it took."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "backtest", *trial.command, "--json"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(trial.command)}\n{done.stderr[-3000:]}")
    print(f"{trial.title}: {time.perf_counter() - started:.0f} s", flush=True)
    return json.loads(done.stdout), time.perf_counter() - started


def section(trial: Trial, told: Mapping[str, Any], seconds: float) -> str:
    """One back-test as a section of the page."""
    metrics, spent = told["metrics"], told["seconds"]
    lines = [f"## {trial.title}", "", "```", f"gantry backtest {_shell(trial.command)}", "```", ""]
    origins = told["origins"]
    reach = f", {len(origins)} origins from {origins[0]} to {origins[-1]}" if origins else ""
    lines += [f"{told['n']:,} outcomes{reach}; the whole command took {seconds:.0f} s.", ""]
    lines += ["| wanted | found | |", "|---|---|---|"]
    for wish in trial.wishes:
        found = wish.value(metrics, spent)
        lines.append(f"| {wish.words} | {found:.4g} | {'●' if wish.holds(found) else '■ not met'} |")
    names = list(dict.fromkeys(name for measures in metrics.values() for name in measures))
    lines += ["", f"| measure | {' | '.join(metrics)} |", f"|---|{'---:|' * len(metrics)}"]
    for name in names:
        cells = [_shown(measures.get(name)) for measures in metrics.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines.append(f"| seconds | {' | '.join(_shown(spent.get(method)) for method in metrics)} |")
    for difference in told.get("differences", []):
        pair = f"{difference['metric']}, {difference['method']} − {difference['baseline']}"
        interval = f"90% interval {_shown(difference['low'])} to {_shown(difference['high'])}"
        lines += ["", f"{pair}: {difference['value']:+.4f} ({interval})."]
    lines += [f"\n▲ {note}" for note in told.get("notes", [])]
    return "\n".join(lines) + "\n"


def _sections(page: str) -> dict[str, str]:
    parts = page.split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in parts}


def _shell(command: Sequence[str]) -> str:
    return " ".join(f'"{word}"' if " " in word else word for word in command)


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


if __name__ == "__main__":
    main()
