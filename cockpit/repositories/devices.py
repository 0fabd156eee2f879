"""Queries about devices: their state, days, sites, telemetry, and what a diagnosis says of them."""

import polars as pl

from cockpit.repositories.published import Reader
from cockpit.repositories.tables import has_table

DEVICES_SHOWN = 5_000


def states(reader: Reader) -> pl.DataFrame:
    """Units by state and kind."""
    return reader.rows(
        """
        select state_code, coalesce(kind_code, '') as kind_code, sum(unit_count)::bigint as unit_count
        from marts.mart_project_device
        group by all
        order by unit_count desc, state_code, kind_code
        """
    )


def projects(reader: Reader) -> pl.DataFrame:
    """Projects with devices and how many units each has, the most first."""
    return reader.rows(
        """
        select
            project_id, coalesce(any_value(project_name), project_id) as project_name,
            sum(unit_count)::bigint as unit_count
        from marts.mart_project_device
        where project_id is not null
        group by project_id
        order by unit_count desc, project_id
        """
    )


def bill(reader: Reader, project_id: str) -> pl.DataFrame:
    """The bill of devices of a project, each with where it came from and who put it in."""
    return reader.rows(
        """
        select
            coalesce(device_id, order_line_id) as device_id, name, kind_code, unit_count, state_code,
            serial_number, delivered_on, installed_on, commissioned_on, order_id, purchase_line_id,
            production_order_id, shipment_id, installation_work_order_id, device_work_order_count
        from marts.mart_project_device
        where project_id = ?
        order by project_device_id
        """,
        project_id,
    )


def days(reader: Reader) -> pl.DataFrame:
    """What the devices did on each day, oldest first."""
    return reader.rows(
        """
        select
            day_on,
            count(*) filter (is_in_service) as service_count,
            count(*) filter (is_reporting) as reporting_count,
            count(*) filter (is_in_service and is_reporting) as reporting_service_count,
            sum(energy_kwh) as energy_kwh,
            sum(outage_count)::bigint as outage_count,
            sum(service_hours) as service_hours,
            sum(lost_hours) as lost_hours
        from marts.mart_device_day
        group by day_on
        order by day_on
        """
    )


def devices(reader: Reader) -> pl.DataFrame:
    """One row a device over the days that are kept, the least available first."""
    return reader.rows(
        f"""
        with lives as (
            select
                device_id,
                any_value(kind_code) as kind_code, any_value(site_id) as site_id,
                any_value(project_id) as project_id, any_value(customer_id) as customer_id,
                1 - sum(lost_hours) / nullif(sum(service_hours), 0) as uptime_share,
                sum(lost_hours) as lost_hours,
                sum(outage_count)::bigint as outage_count,
                sum(energy_kwh) as energy_kwh,
                count(*) filter (is_reporting) as reporting_days,
                count(*) as day_count,
                max(last_read_at) as last_read_at
            from marts.mart_device_day
            group by device_id
        ),

        names as (
            select device_id, any_value(name) as name, any_value(project_name) as project_name
            from marts.mart_project_device
            where device_id is not null
            group by device_id
        )

        select lives.*, names.name, names.project_name
        from lives
        left join names on lives.device_id = names.device_id
        order by lives.uptime_share nulls last, lives.lost_hours desc nulls last, lives.device_id
        limit {DEVICES_SHOWN}
        """
    )


def device_days(reader: Reader, device_id: str) -> pl.DataFrame:
    """The days of one device, oldest first."""
    return reader.rows(
        "select day_on, is_reporting, reporting_hours, energy_kwh, outage_count, lost_hours, uptime_share"
        " from marts.mart_device_day where device_id = ? order by day_on",
        device_id,
    )


def telemetry(reader: Reader, device_id: str, days_back: int) -> pl.DataFrame:
    """What a device measured by metric and day, oldest first, up to `days_back` days before its newest."""
    return reader.rows(
        """
        select metric_code, day_on, reading_count, value_mean, value_min, value_max, value_last
        from marts.fct_reading_day
        where device_id = ?
        qualify day_on > max(day_on) over () - ?
        order by metric_code, day_on
        """,
        device_id,
        days_back,
    )


def coverage(reader: Reader) -> pl.DataFrame:
    """Sites under way and those of them that reported, by day, oldest first."""
    return reader.rows(
        """
        select
            day_on,
            count(*) filter (is_active) as active_count,
            count(*) filter (is_covered) as covered_count,
            sum(photo_count)::bigint as photo_count
        from marts.mart_site_day
        group by day_on
        order by day_on
        """
    )


def conditions(reader: Reader) -> pl.DataFrame:
    """One row a site: its newest climate, whether it reports, and its newest photo; silent ones first."""
    return reader.rows(
        """
        with newest as (
            select
                site_id, coalesce(site_name, site_id) as site_name, city, project_id, is_active, day_on,
                last_photo_at
            from marts.mart_site_day
            qualify row_number() over (partition by site_id order by day_on desc) = 1
        ),

        climate as (
            select
                site_id,
                bool_or(is_reporting) as is_reporting,
                max(last_read_at) as last_read_at,
                max(device_count) as device_count,
                any_value(value_last) filter (
                    metric_code in ('air_temperature_c', 'room_c', 'temperature_c')
                ) as temperature_c,
                any_value(value_last) filter (
                    metric_code in ('humidity_pct', 'relative_humidity_pct')
                ) as humidity_pct
            from marts.mart_site_condition
            group by site_id
        )

        select
            newest.site_id, newest.site_name, newest.city, newest.project_id, newest.is_active,
            coalesce(climate.is_reporting, false) as is_reporting, climate.last_read_at,
            climate.device_count, climate.temperature_c, climate.humidity_pct, newest.last_photo_at
        from newest
        left join climate on newest.site_id = climate.site_id
        order by newest.is_active desc, is_reporting, newest.site_id
        """
    )


def quarantined_readings(reader: Reader) -> pl.DataFrame:
    """Readings that the door held back, by rule, the most first."""
    return reader.rows(
        """
        select rule_code, any_value(message_zh) as message_zh, any_value(message_en) as message_en,
            sum(row_count)::bigint as row_count, min(first_quarantined_at) as first_quarantined_at
        from ops.quarantine_reason
        where table_name = 'iot__readings'
        group by rule_code
        order by row_count desc, rule_code
        """
    )


def diagnosis(reader: Reader) -> pl.DataFrame:
    """What the newest diagnosis says of devices, whom to visit first; nothing while there is none."""
    if not has_table(reader, "ml", "ml_device_risk"):
        return pl.DataFrame()
    return reader.rows(
        """
        select device_id, as_of_on, method_code, last_read_on, wear_index, anomaly_score_share, fault_code,
            fault_metric_code, failure_probability_share, failure_p10_days, failure_p50_days,
            failure_p90_days, reference_count, is_silent, has_open_work, is_suggested
        from ml.ml_device_risk
        where as_of_on = (select max(as_of_on) from ml.ml_device_risk)
        order by is_suggested desc, failure_probability_share desc nulls last,
            anomaly_score_share desc nulls last, device_id
        """
    )
