"""Dagster definitions: assets, checks, jobs, schedules, sensors. Thin: the logic is in the other rooms."""
