"""A made-up company whose delays have a known cause: some suppliers are late, the others are not."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.delay.config import ITEM_SCHEMA

BEGIN = date(2021, 1, 4)


def item(
    name: str, started: date | None, planned: date, finished: date | None = None, **other: object
) -> dict[str, object]:
    row = dict.fromkeys(ITEM_SCHEMA)
    row |= {"item_id": name, "started_on": started, "planned_finish_on": planned, "finished_on": finished}
    return row | {"segment_code": "design"} | other


def company(seed: int, count: int, known_until: date | None = None) -> pl.DataFrame:
    """Items over four years in two phases; suppliers s0–s3 bring about 40 days of delay, s4–s15 none."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        started = BEGIN + timedelta(days=int(1400 * number / count))
        planned = started + timedelta(days=int(rng.integers(20, 90)))
        supplier = int(rng.integers(0, 16))
        segment = ("design", "build")[number % 2]
        delay = rng.normal(40 if supplier < 4 else -8, 12) + (10 if segment == "build" else 0)
        finished = max(planned + timedelta(days=round(delay)), started)
        rows.append(
            item(
                f"i{number:05}",
                started,
                planned,
                finished if known_until is None or finished <= known_until else None,
                parent_id=f"p{number // 4:04}",
                segment_code=segment,
                supplier_id=f"s{supplier}",
                supplier_known_on=started,
                site_id=f"t{int(rng.integers(0, 30))}",
                label=f"roof of hall {number % 7}",
            )
        )
    return pl.DataFrame(rows, schema=ITEM_SCHEMA)
