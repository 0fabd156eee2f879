"""Tiles: a figure on a page with name, value, difference to target, trend, and n or period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cockpit.services import numbers
from cockpit.services.figures import UNREGISTERED, Figure, Standing, standing
from cockpit.services.words import say


@dataclass(frozen=True)
class Tile:
    """What one tile shows; all texts are ready to read, `trend` is bare numbers (None: no data).

    `figure_id` is the registered figure whose passport the tile opens, empty where there is none; `number`
    is the bare value, a share (0–1) where `is_share`.
    """

    name: str
    value: str
    difference: str = ""
    standing: Standing | None = None
    trend: Sequence[float | None] = field(default_factory=tuple)
    target: float | None = None
    left: str = ""
    right: str = ""
    formula: str = ""
    is_doubtful: bool = False
    bound: str = ""
    figure_id: str = ""
    number: float | None = None
    is_share: bool = False


@dataclass(frozen=True)
class Doubt:
    """Assets whose error-level checks failed; a tile without a registered figure is greyed by their names."""

    assets: frozenset[str] = frozenset()

    def touches(self, *words: str) -> bool:
        """Whether a failed asset's name holds one of the words («milestone», «receipt»…)."""
        return any(word in asset for asset in self.assets for word in words)


def share_tile(  # noqa: PLR0913 - a tile has that many parts
    figure: Figure | None,
    fallback_name: str,
    part: float | None,
    whole: float | None,
    language: str,
    *,
    trend: Sequence[float | None] = (),
    right: str = "",
    is_doubtful: bool = False,
) -> Tile:
    """A ratio as summed parts over summed wholes; no data when the whole is zero.

    The passport of a registered figure says whether it is in doubt; `is_doubtful` is for those without one.
    """
    figure = figure or UNREGISTERED
    value = part / whole if part is not None and whole else None
    gap = (value - figure.target) * 100 if value is not None and figure.target is not None else None
    return Tile(
        name=figure.name or fallback_name,
        value=numbers.share(value),
        difference=numbers.difference(gap) if gap is not None else "",
        standing=standing(value, figure.target, figure.direction),
        trend=trend,
        target=figure.target,
        left=_target(numbers.share(figure.target), language) if figure.target is not None else "",
        right=right or say("n_is", language, n=numbers.count(whole, language)) if value is not None else "",
        formula=figure.formula,
        is_doubtful=_doubtful(figure, is_doubtful) and value is not None,
        bound=figure.bound,
        figure_id=figure.figure_id,
        number=value,
        is_share=True,
    )


def number_tile(  # noqa: PLR0913 - a tile has that many parts
    figure: Figure | None,
    fallback_name: str,
    value: float | None,
    shown: str,
    language: str,
    *,
    trend: Sequence[float | None] = (),
    left: str = "",
    right: str = "",
    is_doubtful: bool = False,
) -> Tile:
    """A figure in its own unit; `shown` is the value as text; `is_doubtful` as for a ratio."""
    figure = figure or UNREGISTERED
    has_target = figure.target is not None and value is not None
    gap = value - figure.target if has_target else None
    return Tile(
        name=figure.name or fallback_name,
        value=shown,
        difference=_gap(gap, language),
        standing=standing(value, figure.target, figure.direction),
        trend=trend,
        target=figure.target,
        left=left or (_target(numbers.quantity(figure.target, language), language) if has_target else ""),
        right=right if value is not None else "",
        formula=figure.formula,
        is_doubtful=_doubtful(figure, is_doubtful) and value is not None,
        bound=figure.bound,
        figure_id=figure.figure_id,
        number=value,
    )


def _doubtful(figure: Figure, otherwise: bool) -> bool:
    return otherwise if figure.is_doubtful is None else figure.is_doubtful


def _gap(gap: float | None, language: str) -> str:
    if gap is None or gap == 0:
        return ""
    sign = "+" if gap > 0 else ""
    return sign + numbers.quantity(gap, language)


def _target(shown: str, language: str) -> str:
    return say("target_is", language, target=shown)
