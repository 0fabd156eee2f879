"""The published record of forecasts, counted again from the archive of all that was ever published.

What a page says of a forecast's record is in the published file. The archive in the lake is what was said at
the time. From the archive, and from the outcomes that the same file knows, the record must come out again to
the last digit; where it does not, one of the two was changed since.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from actions.value_booking import ARCHIVE_SCHEMA, BOOKED_SCHEMA, REGION_ARCHIVE_SCHEMA
from lake.connection import connect_lake
from lake.publication import Publication, connect_publication, find_publication
from lake.settings import Settings
from lake.tables import has_history
from ml.delay.config import RECORD_SCHEMA
from ml.delay.night import RECORD_READS, recounted
from ml.delay.record import ARCHIVE_SCHEMA as DELAY_ARCHIVE

#: What was frozen of a booked month: these must stand in the archive as they were booked.
FROZEN = {
    "quantity_naive": "quantity_naive",
    "quantity_p10": "quantity_p10",
    "quantity_model": "quantity_p50",
    "quantity_p90": "quantity_p90",
}
_KEYS = ["product_id", "region_code", "period_on", "lag_days"]


@dataclass(frozen=True)
class Recount:
    """One record counted twice.

    rows: of the published record. differing: those that come out otherwise, as `key: column published →
    recounted`, in order.
    """

    record: str
    rows: int
    differing: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the archive gives the published record to the last digit."""
        return not self.differing


def recount_record(settings: Settings, name_or_date: str | None = None) -> tuple[Publication, list[Recount]]:
    """The records of a publication, the newest unless named, counted again from the archive.

    Raises PublicationError when there is no such publication or its file was cleaned up.
    """
    publication = find_publication(settings, name_or_date)
    with (
        connect_publication(settings, publication.name) as file,
        connect_lake(settings, read_only=True) as lake,
    ):
        found = [
            _delay(file, lake, publication),
            _demand(file, lake, publication),
        ]
    return publication, found


def differences(
    published: pl.DataFrame, recounted_rows: pl.DataFrame, keys: list[str], columns: list[str]
) -> tuple[str, ...]:
    """Where two counts of one record differ, row by key and column; a row that only one has is named."""
    marked = [
        frame.select(*keys, *columns).with_columns(**{f"is_{name}": pl.lit(value=True)})
        for name, frame in (("published", published), ("recounted", recounted_rows))
    ]
    both = marked[0].join(marked[1], on=keys, how="full", coalesce=True, nulls_equal=True, suffix="_again")
    told = []
    for row in both.sort(keys, nulls_last=True).iter_rows(named=True):
        key = "/".join("–" if row[name] is None else str(row[name]) for name in keys)
        if not row["is_published"]:
            told.append(f"{key}: not published")
        elif not row["is_recounted"]:
            told.append(f"{key}: not in the archive")
        else:
            told += [
                f"{key}: {name} {row[name]} → {row[f'{name}_again']}"
                for name in columns
                if row[name] != row[f"{name}_again"]
            ]
    return tuple(told)


def _delay(file: duckdb.DuckDBPyConnection, lake: duckdb.DuckDBPyConnection, told: Publication) -> Recount:
    """Coverage, quantile loss and AUC of delay, by segment: `ml_coverage_card`."""
    if not _has(file, "ml", "ml_coverage_card"):
        return Recount("ml_coverage_card", 0, ())
    columns = [name for name in RECORD_SCHEMA if name in _columns(file, "ml.ml_coverage_card")]
    published = file.execute(f"select {', '.join(columns)} from ml.ml_coverage_card").pl()
    frames = [
        file.execute(f"select {', '.join(names)} from {table}").pl() for table, names in RECORD_READS.items()
    ]
    archive = _archive(lake, "ml_delay_forecast", DELAY_ARCHIVE, told).sort(
        "milestone_id", "as_of_on", "publication_name"
    )
    again = recounted(*frames, archive, told.as_of_on)
    keys = ["segment_kind", "segment"]
    own = [name for name in columns if name not in keys]
    return Recount("ml_coverage_card", published.height, differences(published, again, keys, own))


def _demand(file: duckdb.DuckDBPyConnection, lake: duckdb.DuckDBPyConnection, told: Publication) -> Recount:
    """What was frozen of every booked month: `ml_override_backtest`, by product, region, month and lag."""
    table = "ml_override_backtest"
    if not _has(file, "ml", table):
        return Recount(table, 0, ())
    booked = file.execute(f"select {', '.join(BOOKED_SCHEMA)} from ml.{table}").pl()
    archive = pl.concat(
        [
            _archive(lake, "ml_demand_forecast", ARCHIVE_SCHEMA, told).with_columns(
                region_code=pl.lit(None, pl.String)
            ),
            _archive(lake, "ml_demand_region_forecast", REGION_ARCHIVE_SCHEMA, told),
        ],
        how="diagonal",
    )
    again = frozen_again(booked, archive, _published_at(lake))
    return Recount(table, booked.height, differences(booked, again, _KEYS, list(FROZEN)))


def frozen_again(booked: pl.DataFrame, archive: pl.DataFrame, published_at: pl.DataFrame) -> pl.DataFrame:
    """Of each booked row the forecast that the archive has for it: its keys and the columns of FROZEN.

    The newest forecast by the last day of its lag counts, of a day the first publication, of those that stood
    when the month was booked. published_at: publication_name, published_at.
    """
    stood = booked.select(*_KEYS, "publication_name").join(published_at, on="publication_name", how="left")
    dated = archive.join(published_at, on="publication_name", how="left").rename({"published_at": "made_at"})
    last_day = pl.col("period_on") - pl.duration(days=pl.col("lag_days"))
    return (
        stood.drop("publication_name")
        .join(dated, on=["product_id", "region_code", "period_on"], nulls_equal=True)
        .drop_nulls(["quantity_naive", "quantity_p50"])
        .filter(
            pl.col("as_of_on") <= last_day,
            (pl.col("made_at") < pl.col("published_at")).fill_null(value=True),
        )
        .sort(*_KEYS, "as_of_on", "publication_name", descending=[False] * 4 + [True, False])
        .unique(_KEYS, keep="first", maintain_order=True)
        .select(
            *_KEYS,
            # As they were booked: four decimals of what was frozen, the band as it was.
            *(
                (
                    pl.col(kept).round(4)
                    if booked_as in ("quantity_naive", "quantity_model")
                    else pl.col(kept)
                ).alias(booked_as)
                for booked_as, kept in FROZEN.items()
            ),
        )
    )


def _archive(
    lake: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, type[pl.DataType]],
    told: Publication,
) -> pl.DataFrame:
    """What was published of a forecast before this publication; its columns and publication_name."""
    wanted = dict(columns) | {"publication_name": pl.String}
    if not has_history(lake, table):
        return pl.DataFrame(schema=wanted)
    kept = _columns(lake, f"lake.history.{table}")
    named = ", ".join(f"archive.{name}" if name in kept else f"null as {name}" for name in wanted)
    rows = lake.execute(
        f"select {named} from lake.history.{table} as archive"
        " left join lake.ops.publication as publication on archive.publication_name = publication.name"
        " where coalesce(publication.published_at < ?, true)",
        [told.published_at],
    ).pl()
    return rows.select(pl.col(name).cast(dtype) for name, dtype in wanted.items())


def _published_at(lake: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return lake.execute("select name as publication_name, published_at from lake.ops.publication").pl()


def _has(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = con.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]
    ).fetchone()
    return found is not None


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {name for name, *_ in con.execute(f"describe {table}").fetchall()}
