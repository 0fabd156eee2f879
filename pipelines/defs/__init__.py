"""Dagster definitions by step of the way the data takes: ingest, transform, forecast, publication, automation."""
