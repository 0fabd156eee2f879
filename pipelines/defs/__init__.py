"""Definitions by step of the way the data takes: ingest, transform, forecasts, publication, automation."""
