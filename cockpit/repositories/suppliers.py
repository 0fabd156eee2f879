"""Queries about suppliers: the scorecard and its course by month."""

import polars as pl

from cockpit.repositories.published import Reader


def scorecard(reader: Reader) -> pl.DataFrame:
    """One row a supplier, the best score first; those without data last."""
    return reader.rows(
        "select * from marts.mart_supplier_scorecard order by score desc nulls last, supplier_id"
    )


def months(reader: Reader) -> pl.DataFrame:
    """One row a month over all suppliers, oldest first; months before the first due line have none."""
    return reader.rows(
        """
        select
            period_on,
            sum(due_line_count)::bigint as due_line_count,
            sum(otif_line_count)::bigint as otif_line_count,
            sum(receipt_count)::bigint as receipt_count,
            sum(late_receipt_count)::bigint as late_receipt_count
        from marts.mart_supplier_month
        group by period_on
        order by period_on
        """
    )


def course(reader: Reader, supplier_id: str) -> pl.DataFrame:
    """The months of one supplier, oldest first."""
    return reader.rows(
        "select period_on, due_line_count, otif_line_count, otif_share from marts.mart_supplier_month"
        " where supplier_id = ? order by period_on",
        supplier_id,
    )
