"""Queries about service: open work, service levels, quality, ratings, complaints, and where the sites are."""

import polars as pl

from cockpit.repositories.published import Reader
from cockpit.repositories.tables import has_table

ORDERS_SHOWN = 1_000
SITES_SHOWN = 3_000
_LATE = "not is_finished and not is_cancelled and is_sla_due and not is_sla_met"


def months(reader: Reader) -> pl.DataFrame:
    """Service and quality by month over all regions, oldest first."""
    return reader.rows(
        """
        select
            period_on,
            sum(finished_order_count)::bigint as finished_order_count,
            sum(rated_order_count)::bigint as rated_order_count,
            sum(sla_due_count)::bigint as sla_due_count,
            sum(sla_met_count)::bigint as sla_met_count,
            sum(rating_count)::bigint as rating_count,
            sum(star_count)::bigint as star_count,
            sum(satisfied_count)::bigint as satisfied_count,
            sum(complaint_count)::bigint as complaint_count,
            sum(first_inspection_count)::bigint as first_inspection_count,
            sum(first_passed_count)::bigint as first_passed_count,
            sum(rework_order_count)::bigint as rework_order_count
        from marts.mart_service_month
        group by period_on
        order by period_on
        """
    )


def groups(reader: Reader, dimension_code: str) -> pl.DataFrame:
    """The last 365 days by one dimension, with the 365 before where they tell; most orders first."""
    return reader.rows(
        """
        with products as (
            select product_id, any_value(product_name) as product_name
            from marts.mart_demand_outlook
            group by product_id
        )

        select service.*, coalesce(products.product_name, service.member_code) as member_name
        from marts.mart_service_group as service
        left join products
            on service.dimension_code = 'product' and service.member_code = products.product_id
        where service.dimension_code = ?
        order by service.finished_order_count desc nulls last, service.member_code
        """,
        dimension_code,
    )


def open_totals(reader: Reader) -> pl.DataFrame:
    """One row: open work orders, those beyond their service level, those with nobody to do them."""
    return reader.rows(
        f"""
        select
            count(*) as order_count,
            count(*) filter (not is_finished and not is_cancelled) as open_count,
            count(*) filter ({_LATE}) as late_count,
            count(*) filter (is_unassigned) as unassigned_count,
            count(*) filter (not is_finished and not is_cancelled and kind_code = 'repair') as repair_count
        from marts.fct_work_order
        """
    )


def open_orders(reader: Reader) -> pl.DataFrame:
    """Open work orders, the furthest beyond their service level first."""
    return reader.rows(
        f"""
        select
            work.work_order_id, work.site_id, work.kind_code, work.priority_code, {_LATE} as is_late,
            work.working_hours_used, work.target_hours, work.due_on,
            coalesce(customer.customer_name, work.customer_id) as customer_name,
            work.region_code, work.city, work.project_id, work.engineer_id, work.created_on,
            work.is_unassigned
        from marts.fct_work_order as work
        left join marts.mart_customer_portrait as customer on work.customer_id = customer.customer_id
        where not is_finished and not is_cancelled
        order by is_late desc, work.working_hours_used - work.target_hours desc nulls last, work.work_order_id
        limit {ORDERS_SHOWN}
        """
    )


def sites(reader: Reader) -> pl.DataFrame:
    """Sites with a position and work that is open or of the last 365 days, the latest work first."""
    if not has_table(reader, "marts", "dim_site"):
        return pl.DataFrame(
            schema={
                "site_id": pl.String,
                "name": pl.String,
                "city": pl.String,
                "latitude": pl.Float64,
                "longitude": pl.Float64,
                "year_count": pl.Int64,
                "open_count": pl.Int64,
                "late_count": pl.Int64,
                "unassigned_count": pl.Int64,
            }
        )
    return reader.rows(
        f"""
        select
            site.site_id, coalesce(site.name, site.site_id) as name, site.city,
            site.latitude, site.longitude,
            count(*) as year_count,
            count(*) filter (not work.is_finished) as open_count,
            count(*) filter ({_LATE}) as late_count,
            count(*) filter (work.is_unassigned) as unassigned_count
        from marts.fct_work_order as work
        inner join marts.dim_site as site on work.site_id = site.site_id
        where
            not work.is_cancelled and (not work.is_finished or work.finished_on > ?::date - 365)
            and site.latitude between -90 and 90 and site.longitude between -180 and 180
        group by all
        order by late_count desc, open_count desc, year_count desc, site.site_id
        limit {SITES_SHOWN}
        """,
        reader.publication.as_of_on,
    )


def sequences(reader: Reader) -> pl.DataFrame:
    """Customers with two low ratings in a row, the newest first."""
    return reader.rows(
        """
        select
            coalesce(customer_name, customer_id) as customer_name, region_code, found_on, low_rating_count,
            first_stars, second_stars, first_work_order_id, second_work_order_id, manager_id,
            is_national_queue, is_recent
        from marts.mart_rating_sequence
        order by found_on desc, rating_sequence_id
        """
    )
