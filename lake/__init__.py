"""The lake: settings, connections, the writer lock, publications and the data contracts.

Everything else in Gantry stands on this room, and this room imports nothing else of Gantry.
What does not belong here: reading sources (ingest), transforming (dbt_project), orchestration (pipelines).
"""
