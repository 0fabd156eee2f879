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


def ladder(reader: Reader, supplier_id: str | None = None) -> pl.DataFrame:
    """One row: by each of its dates, how many lines had reached it and how many were there in full.

    Of one supplier, or of all; the steps are requested, promised, window (promised + 3 days), current, final.
    """
    return reader.rows(
        """
        select
            count(is_otif_requested) as requested_line_count,
            count(*) filter (is_otif_requested) as requested_kept_count,
            count(is_otif) as promised_line_count,
            count(*) filter (is_otif) as promised_kept_count,
            count(is_otif_window) as window_line_count,
            count(*) filter (is_otif_window) as window_kept_count,
            count(is_otif_current) as current_line_count,
            count(*) filter (is_otif_current) as current_kept_count,
            count(*) filter (is_due) as final_line_count,
            count(*) filter (is_due and quantity_accepted >= quantity) as final_kept_count,
            avg(padding_days) as padding_days
        from marts.fct_purchase_line
        where not is_cancelled and ($1 is null or supplier_id = $1)
        """,
        supplier_id,
    )


def lead_times(reader: Reader, width: int, supplier_id: str | None = None) -> pl.DataFrame:
    """Receipts by days from order to receipt, in spans of `width` days, the shortest first."""
    return reader.rows(
        """
        select cast(floor(lead_time_days / $1) * $1 as integer) as from_days, count(*) as receipt_count
        from marts.fct_receipt_line
        where lead_time_days is not null and ($2 is null or supplier_id = $2)
        group by from_days
        order by from_days
        """,
        width,
        supplier_id,
    )


def lead_time_marks(reader: Reader, supplier_id: str | None = None) -> pl.DataFrame:
    """One row: the lead time that half and nine tenths of the receipts kept, and the mean one quoted."""
    return reader.rows(
        """
        select quantile_cont(lead_time_days, 0.5) as p50_days, quantile_cont(lead_time_days, 0.9) as p90_days,
            avg(quoted_lead_time_days) as quoted_days, count(lead_time_days) as receipt_count
        from marts.fct_receipt_line
        where $1 is null or supplier_id = $1
        """,
        supplier_id,
    )


def lines(reader: Reader, supplier_id: str) -> pl.DataFrame:
    """The purchase lines of one supplier with their dates, broken promises first, then the newest."""
    return reader.rows(
        """
        select purchase_line_id, product_id, project_id, ordered_on, requested_on, promised_on,
            current_promised_on, last_received_on, padding_days,
            date_diff('day', promised_on, last_received_on) as days_late,
            quantity, quantity_accepted_in_time, quantity_open, line_reporting_amount, is_otif
        from marts.fct_purchase_line
        where supplier_id = ? and not is_cancelled
        order by is_otif nulls last, promised_on desc nulls last, purchase_line_id
        """,
        supplier_id,
    )


def supplier_months(reader: Reader, supplier_id: str) -> pl.DataFrame:
    """The months of one supplier with their score, oldest first."""
    return reader.rows(
        "select * from marts.mart_supplier_month where supplier_id = ? order by period_on", supplier_id
    )


def weights(reader: Reader) -> pl.DataFrame:
    """The parts of the score with their weights, targets and what follows from missing them."""
    return reader.rows("select * from marts.scorecard_weight")
