"""Dagster definitions: assets, checks, jobs, schedules and sensors. Thin: the logic lives in the other rooms."""
