"""What is likely to come: one folder a question (delay, demand, churn, schedule), one shared `backtest/`.

Belongs here: pure functions from frames and a config to a frame. The as-of date is always a parameter.
Does not belong here: reading or writing tables, files or the clock; Dagster; SQL. `pipelines/` does those.
"""
