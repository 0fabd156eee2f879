"""Registered figures as readers see them: what each means, how it is computed, and the rows behind it."""

from lake.figures.model import Counting, Evidence, Figure, FigureVersion
from lake.figures.reading import FigureError, find_figure, read_figures

__all__ = ["Counting", "Evidence", "Figure", "FigureError", "FigureVersion", "find_figure", "read_figures"]
