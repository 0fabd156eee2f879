"""The business date and the clock of the company whose figures are computed twice."""

import datetime as dt

import polars as pl

Frames = dict[str, pl.DataFrame]
UNTIL = dt.date(2026, 6, 30)
#: The company's clock: Asia/Shanghai is eight hours ahead of the systems' UTC, all year.
AHEAD = dt.timedelta(hours=8)
