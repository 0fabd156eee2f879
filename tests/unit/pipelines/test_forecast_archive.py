"""The archive of a forecast takes columns that it has learned to tell since."""

import duckdb
import pyarrow as pa

from pipelines.publishing import _keep_history


def test_a_new_column_is_null_before_it_was_told() -> None:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as lake")
        con.execute("create schema lake.history")
        _keep_history(con, "ml_delay_forecast", pa.table({"milestone_id": ["a"]}))
        _keep_history(
            con, "ml_delay_forecast", pa.table({"milestone_id": ["b"], "late_probability_share": [0.5]})
        )
        _keep_history(con, "ml_delay_forecast", pa.table({"milestone_id": ["c"]}))
        rows = con.execute("from lake.history.ml_delay_forecast order by milestone_id").fetchall()
    assert rows == [("a", None), ("b", 0.5), ("c", None)]
