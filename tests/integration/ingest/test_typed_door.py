"""Large plain CSV files take the typed way through the whole door; the outcome is that of the text way."""

import random
from pathlib import Path

import pytest

from lake.settings import Settings
from tests.conftest import TEST_KEY
from tests.integration.ingest.conftest import Bench

COLUMNS = {
    "order_id": "Order",
    "customer_id": "Customer",
    "ordered_at": "At",
    "total_amount": "Total",
    "status_code": "Status",
}
HEADER = "Order,Customer,At,Total,Status,Remark"


def orders(count: int, *, multi_line: bool) -> str:
    """Order lines, a good part of them broken in one way or another."""
    chance = random.Random(7)
    lines = [HEADER]
    for i in range(count):
        row = [f"O{i}", f"C{i % 3}", "2025-01-01 10:00:00", f"{i}.50", "confirmed", "x"]
        match chance.randrange(20):
            case 0:
                row[3] = "many"
            case 1:
                row[1] = "lost"
            case 2:
                row[0] = "O0"
            case 3:
                row = row[:3]
            case 4:
                row[4] = "gift"
            case 5:
                row[0] = f" O{i} "
            case 6 if multi_line:
                row[5] = '"two\n\nlines"'
        lines.append(",".join(row))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("multi_line", [False, True])
def test_both_ways_through_the_door_end_alike(tmp_path: Path, multi_line: bool) -> None:
    outcomes = []
    for typed_from_bytes in (0, 1 << 60):
        settings = Settings(lake=tmp_path / f"lake{typed_from_bytes}", key=TEST_KEY)
        bench = Bench(settings, tmp_path / f"company{typed_from_bytes}")
        bench.typed_from_bytes = typed_from_bytes
        bench.table("crm__customers", {"customer_id": "Id", "name": "Id"}, "c.csv")
        bench.file("c.csv", "Id\nC0\nC1\nC2\n")
        bench.load("crm__customers")
        bench.table("erp__orders", COLUMNS, "o.csv")
        bench.file("o.csv", orders(500, multi_line=multi_line))
        load = bench.load("erp__orders")
        assert load.read == 500
        assert load.status == "loaded"
        assert min(load.inserted, load.quarantined) > 100
        outcomes.append(
            {
                "counts": (load.inserted, load.unchanged, load.quarantined),
                "raw": bench.raw("erp__orders", "* exclude (_run_id, _loaded_at)"),
                "reasons": bench.reasons(
                    "quarantine_id, source_row, column_name, rule_code, value, message_en"
                ),
                "rows": sorted(
                    bench.rows("select quarantine_id, source_row, row_json from lake.quarantine.row")
                ),
            }
        )
        bench.con.close()
    assert outcomes[0] == outcomes[1]
    rules = {rule for _, _, _, rule, *_ in outcomes[0]["reasons"]}
    assert rules == {"type", "reference", "duplicate_key", "malformed_row", "vocabulary"}
