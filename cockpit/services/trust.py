"""What the figures stand on: is every row accounted for, what waits, which checks failed, how old it is."""

from __future__ import annotations

from typing import Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.labels import labelled
from cockpit.services.tiles import Tile, number_tile
from cockpit.services.words import say

Section = Literal[
    "rows", "quarantine", "exchange", "checks", "freshness", "figures", "publications", "dictionary"
]
SECTIONS: tuple[Section, ...] = (
    "rows",
    "quarantine",
    "exchange",
    "checks",
    "freshness",
    "figures",
    "publications",
    "dictionary",
)
_PARTS = ("rows_inserted", "rows_updated", "rows_unchanged", "rows_quarantined")


def row_equation(loads: pl.DataFrame) -> pl.DataFrame:
    """By table: does read = inserted + updated + unchanged + quarantined hold."""
    total = pl.sum_horizontal([pl.col(name).fill_null(0) for name in _PARTS])
    return loads.with_columns(is_balanced=pl.col("rows_read").fill_null(0) == total)


def finding(loads: pl.DataFrame, quarantine: pl.DataFrame, checks: pl.DataFrame, language: str) -> str:
    """The page's title: does every row have a place, what waits, what failed."""
    read = int(loads["rows_read"].sum() or 0)
    if not read:
        return say("trust_none", language)
    unbalanced = row_equation(loads).filter(~pl.col("is_balanced")).height
    if unbalanced:
        return say("trust_unbalanced", language, n=numbers.count(unbalanced, language))
    waiting = int(quarantine["row_count"].sum() or 0)
    failed = checks.filter(~pl.col("is_passed")).height
    return say(
        "trust_finding",
        language,
        read=numbers.count(read, language),
        waiting=numbers.count(waiting, language),
        failed=numbers.count(failed, language),
    )


def tiles(loads: pl.DataFrame, quarantine: pl.DataFrame, checks: pl.DataFrame, language: str) -> list[Tile]:
    """Tables with a source, rows read, in place, waiting, checks passed, how far the data reach."""
    with_source = loads.filter(pl.col("status_code") != "no_source").height

    def rows(name: str) -> int | None:
        return int(loads[name].sum()) if loads[name].drop_nulls().len() else None

    read = rows("rows_read")
    kept = sum(rows(name) or 0 for name in _PARTS[:3]) if read is not None else None
    waiting = int(quarantine["row_count"].sum() or 0) if read is not None else None
    passed = checks["is_passed"].sum() if checks.height else None
    until = loads["data_until_at"].drop_nulls()
    newest = until.max() if len(until) else None

    def tile(key: str, value: int | None, shown: str | None = None, left: str = "", right: str = "") -> Tile:
        shown = shown if shown is not None else numbers.count(value, language)
        return number_tile(
            None,
            say(key, language),
            value,
            shown,
            language,
            left=left if value is not None else "",
            right=right,
        )

    return [
        tile(
            "tile_tables", with_source if loads.height else None, right=say("of_n", language, n=loads.height)
        ),
        tile("tile_rows_read", read, right=say("newest_load", language)),
        tile("tile_rows_kept", kept, left=numbers.share(kept / read) if kept is not None and read else ""),
        tile(
            "tile_waiting",
            waiting,
            left=numbers.share(waiting / read) if waiting is not None and read else "",
        ),
        tile("tile_checks", passed, right=say("of_n", language, n=checks.height)),
        tile(
            "tile_data_until",
            1 if newest else None,
            numbers.date(newest.date()) if newest else numbers.NO_DATA,
        ),
    ]


def loads_table(loads: pl.DataFrame, language: str) -> pl.DataFrame:
    """The row equation by table, states as words."""
    frame = row_equation(loads).select(
        "table_name",
        "source_name",
        "status_code",
        "rows_read",
        "rows_inserted",
        "rows_updated",
        "rows_unchanged",
        "rows_quarantined",
        "is_balanced",
        "rows_skipped",
        "rows_released",
        "rows_deleted",
        "finished_at",
        "message",
    )
    return labelled(frame, {"status_code": "load"}, language)


def quarantine_table(quarantine: pl.DataFrame, language: str) -> pl.DataFrame:
    """Why rows wait: table, column, rule, the sentence, how many, and the first sample's place."""
    sample = pl.col("samples").list.first()
    place = pl.format(
        "{}:{} → {}",
        sample.struct.field("source_file").str.split("/").list.last().fill_null("?"),
        sample.struct.field("source_row").cast(pl.String).fill_null("?"),
        sample.struct.field("value").fill_null("NULL"),
    )
    shown = quarantine.select(
        "table_name",
        "column_name",
        "rule_code",
        pl.col(f"message_{language}").alias("message"),
        "row_count",
        place.alias("first_sample"),
        "first_quarantined_at",
    )
    return labelled(shown, {"rule_code": "broken"}, language)


def freshness_table(freshness: pl.DataFrame, language: str) -> pl.DataFrame:
    """When each table was loaded last and how far its data reach."""
    return labelled(freshness, {"status_code": "load"}, language)


def checks_table(checks: pl.DataFrame, language: str) -> pl.DataFrame:
    """The checks of the run, their levels as words."""
    return labelled(checks, {"severity_code": "severity"}, language)


def publications_table(publications: pl.DataFrame, language: str) -> pl.DataFrame:
    """All published states, what made each and whether its checks passed as words."""
    return labelled(publications, {"kind_code": "publication", "status_code": "published"}, language)


def dictionary_table(dictionary: pl.DataFrame, words: str, language: str) -> pl.DataFrame:
    """The dictionary's rows that hold all the words, in the viewer's language."""
    frame = dictionary.select(
        "table_name",
        "column_name",
        pl.col(f"name_{language}").alias("label"),
        pl.col(f"meaning_{language}").alias("meaning"),
        "type",
        "unit",
        "classification_code",
    )
    frame = labelled(frame, {"classification_code": "classification"}, language)
    haystack = pl.concat_str(
        [pl.col(name).fill_null("") for name in ("table_name", "column_name", "label", "meaning")],
        separator=" ",
    ).str.to_lowercase()
    for word in words.lower().split():
        frame = frame.filter(haystack.str.contains(word, literal=True))
    return frame
