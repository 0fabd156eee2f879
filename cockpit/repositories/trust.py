"""Queries about what the figures stand on: loads, quarantine, checks, freshness, publications, dictionary."""

from pathlib import Path

import polars as pl

from cockpit.repositories.published import Reader


def loads(reader: Reader) -> pl.DataFrame:
    """The row equation of each table's newest load that read anything, else its newest; tables by name."""
    return reader.rows(
        """
        select table_name, source_name, status_code, rows_read, rows_inserted, rows_updated, rows_unchanged,
            rows_quarantined, rows_skipped, rows_released, rows_deleted, message, finished_at, data_until_at,
            run_id
        from ops.load
        qualify row_number() over (
            partition by table_name
            order by status_code in ('unchanged', 'no_source'), finished_at desc, run_id desc
        ) = 1
        order by table_name
        """
    )


def quarantine(reader: Reader) -> pl.DataFrame:
    """Rows waiting in quarantine by table, column and rule, with up to five samples, most first."""
    return reader.rows(
        "select table_name, column_name, rule_code, message_zh, message_en, row_count, samples,"
        " first_quarantined_at from ops.quarantine_reason"
        " order by row_count desc, table_name, column_name, rule_code"
    )


def quarantined_rows(reader: Reader) -> pl.DataFrame:
    """One row a quarantined row that waits or was decided about, with its reasons; by table and place."""
    return reader.rows(
        """
        select quarantine_id, table_name, source_file, source_row, row_json, quarantined_at, status_code,
            decision_id, reasons, replay_reasons
        from ops.quarantine_row
        order by table_name, source_file, source_row, quarantine_id
        """
    )


def checks(reader: Reader) -> pl.DataFrame:
    """The check results of the run that made this publication, failed ones first."""
    return reader.rows(
        "select check_name, asset_name, severity_code, is_passed, expected, actual, message, checked_at"
        " from ops.check_result where run_id = ?"
        " order by is_passed, severity_code = 'error' desc, asset_name, check_name",
        reader.publication.run_id,
    )


def freshness(reader: Reader) -> pl.DataFrame:
    """The newest load of each table and until when its data reach."""
    return reader.rows(
        "select table_name, loaded_at, data_until_at, status_code, message from ops.freshness"
        " order by table_name"
    )


def publications(reader: Reader) -> pl.DataFrame:
    """All published states, newest first."""
    return reader.rows(
        "select name, as_of_on, kind_code, status_code, published_at, snapshot_id, run_id"
        " from ops.publication"
        " order by published_at desc, name desc"
    )


def dictionary(reader: Reader) -> pl.DataFrame:
    """Every column of every contract with its meaning."""
    return reader.rows(
        "select table_name, column_name, type, unit, classification_code,"
        " name_zh, name_en, meaning_zh, meaning_en"
        " from ops.dictionary order by table_name, column_name"
    )


def rows_by_table(reader: Reader) -> pl.DataFrame:
    """How many rows each published table of facts and marts holds."""
    return reader.rows(
        "select schema_name, table_name, estimated_size as row_count from duckdb_tables()"
        " where schema_name in ('marts', 'ml') order by schema_name, table_name"
    )


def documentation(reader: Reader) -> Path | None:
    """The page that documents models, columns and lineage; None until `gantry docs` has written it."""
    path = reader.settings.paths.docs
    return path if path.exists() else None
