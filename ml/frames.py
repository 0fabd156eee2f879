"""The edges of every forecast: what comes in has the columns it needs, what goes out has its exact types."""

from collections.abc import Mapping

import polars as pl

Schema = Mapping[str, type[pl.DataType] | pl.DataType]


class MissingColumnsError(ValueError):
    """A frame handed to a forecast lacks columns; the message names frame, missing and present columns."""

    def __init__(self, frame_name: str, missing: list[str], present: list[str]) -> None:
        self.frame_name, self.missing = frame_name, missing
        super().__init__(
            f"{frame_name}: missing columns {', '.join(missing)}; it has {', '.join(present) or 'none'}. "
            f"Select or alias them where the frame is read."
        )


def with_schema(frame: pl.DataFrame, schema: Schema, frame_name: str) -> pl.DataFrame:
    """The columns of `schema` in its order and types; other columns are left behind.

    Decimals and timestamps are cast to what the model computes with, so callers hand over table rows as they
    are. Raises MissingColumnsError, and polars' InvalidOperationError for a value that can't be cast.
    """
    missing = [name for name in schema if name not in frame.columns]
    if missing:
        raise MissingColumnsError(frame_name, missing, frame.columns)
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
