"""Codes of a frame in the viewer's words."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cockpit.services.words import code_label


def labelled(frame: pl.DataFrame, kinds: Mapping[str, str], language: str) -> pl.DataFrame:
    """The frame with the codes of each column in `kinds` (column: vocabulary) as words; NULL stays NULL."""
    columns = []
    for name, kind in kinds.items():
        words = {code: code_label(kind, code, language) for code in frame[name].drop_nulls().unique()}
        columns.append(pl.col(name).replace_strict(words, default=None, return_dtype=pl.String))
    return frame.with_columns(columns)


def filled(frame: pl.DataFrame, kept: str) -> pl.DataFrame:
    """The frame without the columns that hold nothing at all; `kept` stays."""
    return frame.select(
        [name for name in frame.columns if name == kept or frame[name].null_count() < frame.height]
    )
