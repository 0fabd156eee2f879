"""Lines of registered figures: name, value, how it stands against its target, and the passport behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.services import numbers
from cockpit.services.figures import Figure, Standing, standing
from cockpit.services.words import say


@dataclass(frozen=True)
class FigureLine:
    """One line, ready to read; without `figure_id` there is no passport to open."""

    name: str
    value: str
    note: str = ""
    standing: Standing | None = None
    figure_id: str = ""
    formula: str = ""
    is_doubtful: bool = False


@dataclass(frozen=True)
class FigureLines:
    """Makes the lines of registered figures in one language."""

    figures: Mapping[str, Figure]
    language: str

    def of(
        self, figure_id: str, value: float | None, shown: str, *, name: str = "", note: str = ""
    ) -> FigureLine:
        """The line of a figure; its note is the target unless another is given."""
        figure = self.figures.get(figure_id)
        if figure is None:
            return FigureLine(name or figure_id, shown, note)
        told = note or (self._target(figure) if value is not None else "")
        return FigureLine(
            name=name or figure.name,
            value=shown,
            note=told,
            standing=standing(value, figure.target, figure.direction),
            figure_id=figure_id,
            formula=figure.formula,
            is_doubtful=bool(figure.is_doubtful) and value is not None,
        )

    def _target(self, figure: Figure) -> str:
        if figure.target is None:
            return ""
        shown = (
            numbers.share(figure.target)
            if figure.unit == "share"
            else numbers.quantity(figure.target, self.language)
        )
        return say("target_is", self.language, target=shown)
