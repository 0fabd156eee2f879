"""Tiles: one strip of up to six figures, as HTML that the style sheet lays out."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from urllib.parse import quote

import streamlit as st

from cockpit.components.markup import markup
from cockpit.services.tiles import Tile

MARKS = {"good": "●", "watch": "▲", "bad": "■"}
_WIDTH, _HEIGHT, _MARGIN = 132.0, 32.0, 3.0


def tile_strip(tiles: Sequence[Tile], doubtful_note: str, key: str) -> None:
    """Show the tiles side by side; those in doubt grey and striped with the note."""
    has_trend = any(sum(value is not None for value in tile.trend) > 1 for tile in tiles)
    cells = "".join(tile_html(tile, doubtful_note, has_trend=has_trend) for tile in tiles)
    # The style sheet keeps the strip's room while it loads, and by this name knows how much.
    place = key if has_trend else f"{key}_flat"
    with st.container(key=place):
        markup(f'<div class="tiles n{len(tiles)}">{cells}</div>', f"{place}_cells")


def tile_html(tile: Tile, doubtful_note: str, *, has_trend: bool = True) -> str:
    """One tile, a link to its figure's passport where it has one; every text is escaped.

    Without a trend in the whole strip no tile keeps room for one.
    """
    escape = html.escape
    doubt = " doubt" if tile.is_doubtful else ""
    title = escape(tile.formula, quote=True)
    difference = _difference(tile)
    trend = spark(tile.trend, tile.target) if has_trend else ""
    # In doubt the place of target and n is taken by why, and by how far the figure could be off.
    left, right = (doubtful_note, tile.bound or tile.right) if tile.is_doubtful else (tile.left, tile.right)
    element, link = ("a", f' href="{passport_address(tile.figure_id)}"') if tile.figure_id else ("div", "")
    return (
        f'<{element} class="tile{doubt}"{link} title="{title}"><div class="n">{escape(tile.name)}</div>'
        f'<div class="v">{escape(tile.value)}{difference}</div>{trend}'
        f'<div class="t"><span>{escape(left)}</span><span>{escape(right)}</span></div></{element}>'
    )


def passport_address(figure_id: str) -> str:
    """Where the passport of a figure is, from any page of the cockpit."""
    return f"trust?figure={quote(figure_id, safe='')}"


def spark(values: Sequence[float | None], target: float | None) -> str:
    """A thin trend with its target dashed; months without data leave a gap."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return '<div class="spark none"></div>'
    low, high = min(known), max(known)
    if target is not None:
        low, high = min(low, target), max(high, target)
    span = (high - low) or 1.0
    step = _WIDTH / max(1, len(values) - 1)

    def y(value: float) -> float:
        return _HEIGHT - _MARGIN - (value - low) / span * (_HEIGHT - 2 * _MARGIN)

    # The dashed target is an element of its own: a stretched drawing would stretch its dashes.
    dashed = f'<i style="top:{y(target):.1f}px"></i>' if target is not None else ""
    lines = "".join(f'<polyline points="{points}"></polyline>' for points in _pieces(values, step, y))
    return (
        f'<div class="spark">{dashed}<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none"'
        f' aria-hidden="true">{lines}</svg></div>'
    )


def _pieces(values: Sequence[float | None], step: float, y: Callable[[float], float]) -> list[str]:
    pieces: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{index * step:.1f},{y(value):.1f}")
    return [" ".join(piece) for piece in pieces if len(piece) > 1]


def _difference(tile: Tile) -> str:
    if not tile.standing:
        return ""
    return f'<span class="d {tile.standing}">{MARKS[tile.standing]} {html.escape(tile.difference)}</span>'
