"""What the nightly diagnosis says of devices, in words: fault, signal, wear, risk, whom to visit."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cockpit.services.labels import filled, labelled

#: Shares that are shown in percent.
SHARES = ("anomaly_score_share", "failure_probability_share")
_COLUMNS = (
    "device_id",
    "is_suggested",
    "has_open_work",
    "device_fault",
    "device_metric",
    "failure_probability_share",
    "failure_p10_days",
    "failure_p50_days",
    "failure_p90_days",
    "anomaly_score_share",
    "wear_index",
    "reference_count",
    "is_silent",
    "last_read_on",
    "device_method",
)
_VOCABULARIES = {"fault_code": "fault", "fault_metric_code": "metric", "method_code": "device_method"}
_RENAMED = {
    "fault_code": "device_fault",
    "fault_metric_code": "device_metric",
    "method_code": "device_method",
}


def table(risks: pl.DataFrame, names: Mapping[str, str], language: str) -> pl.DataFrame:
    """The rows of `ml_device_risk` in the order given, codes as words, columns that say nothing left out.

    `names` are labels of devices; one that the list does not know keeps its id.
    """
    told = labelled(risks, _VOCABULARIES, language).rename(_RENAMED)
    return filled(
        told.with_columns(pl.col("device_id").replace(names)).select(_COLUMNS),
        "device_id",
    )
