"""A back-test as a small drawing for the Dagster UI: one bar a method, for the measures that decide."""

import base64
from collections.abc import Mapping
from html import escape

from pipelines.trained_models import TrainingRecord

#: The measures worth a picture, most telling first.
SHOWN = ("pinball", "wape", "mase", "auc", "brier", "lift_10", "precision_at_cap", "coverage_80", "spearman")
_WIDTH, _ROW, _LABEL = 520, 22, 170


def plot_of(record: TrainingRecord | None) -> str:
    """Markdown with an SVG a measure; words where there is nothing to draw."""
    if record is None or not record.metrics:
        return "No back-test yet: too little is known to try a model on the past."
    drawings = [_bars(name, _values(record, name)) for name in SHOWN if _values(record, name)]
    return "\n\n".join(drawings) or "The back-test has no measure that is drawn."


def _values(record: TrainingRecord, metric: str) -> dict[str, float]:
    return {
        method: float(value)
        for method, measures in record.metrics.items()
        if (value := measures.get(metric)) is not None
    }


def _bars(metric: str, values: Mapping[str, float]) -> str:
    largest = max(abs(value) for value in values.values()) or 1.0
    rows = []
    for number, (method, value) in enumerate(values.items()):
        y, length = 30 + number * _ROW, abs(value) / largest * (_WIDTH - _LABEL - 70)
        colour = "#0b5563" if method == "model" else "#9aa5ad"
        rows.append(
            f'<text x="{_LABEL - 8}" y="{y + 12}" text-anchor="end">{escape(method)}</text>'
            f'<rect x="{_LABEL}" y="{y}" width="{length:.1f}" height="14" fill="{colour}"/>'
            f'<text x="{_LABEL + length + 6:.1f}" y="{y + 12}">{value:.3f}</text>'
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{36 + len(rows) * _ROW}" '
        'font-family="sans-serif" font-size="12">'
        f'<text x="0" y="16" font-weight="bold">{escape(metric)}</text>'
        f"{''.join(rows)}</svg>"
    )
    return f"![{metric}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
