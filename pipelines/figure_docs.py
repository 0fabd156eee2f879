"""`docs/figures.md`: every registered figure in both languages, written with the ledger, not by hand."""

from collections.abc import Iterable
from pathlib import Path

from lake.figures import Figure
from lake.figures.reading import figure_of
from lake.settings import PROJECT_ROOT
from pipelines.figures import FigureBlock, rows_of

DOCUMENT = PROJECT_ROOT / "docs" / "figures.md"
HEAD = """# 指标 · Figures

由指标登记生成，请勿手改：`python -m pipelines.figure_versions`。
Generated from the register of figures, not edited by hand: `python -m pipelines.figure_versions`.

`gantry explain 指标` 说明任一指标的数值、界限、检查与明细。
`gantry explain FIGURE` tells the value, the bound, the checks and the rows of any of them.

| 指标 figure | 名称 name | 公式 formula | 单位 unit | 目标 target | 版本 version | 筛选 filter | 负责 owner |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
BETTER = {"higher": "≥ ", "lower": "≤ ", "neutral": ""}


def render_figures(blocks: Iterable[FigureBlock]) -> str:
    """The whole document."""
    return HEAD + "".join(_line(figure_of(row)) for row in rows_of(blocks))


def write_figures(blocks: Iterable[FigureBlock], path: Path = DOCUMENT) -> None:
    """Write the document."""
    path.write_text(render_figures(blocks), encoding="utf-8")


def _line(figure: Figure) -> str:
    target = "" if figure.target is None else f"{BETTER[figure.direction]}{figure.target:g}"
    cells = (
        f"`{figure.figure_id}`",
        f"{figure.name['zh']} · {figure.name['en']}",
        f"{figure.formula['zh']} · {figure.formula['en']}",
        figure.unit,
        target,
        f"{figure.version} ({figure.since_on})",
        ", ".join(figure.of.filters) if figure.of else "",
        figure.owner,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
