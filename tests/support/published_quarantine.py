"""Quarantine of the small published lake: rows of purchase lines in every state."""

import datetime as dt
import json
from collections.abc import Iterable

_REASON = "column_name varchar, rule_code varchar, value varchar, message_zh varchar, message_en varchar"
#: The table as a publication holds it.
QUARANTINED_ROWS = (
    "create table ops.quarantine_row (quarantine_id varchar, table_name varchar, source_name varchar,"
    " source_file varchar, source_row bigint, row_json varchar, quarantined_at timestamp,"
    " status_code varchar, decision_id varchar, closed_at timestamp,"
    f" reasons struct({_REASON})[], replay_reasons struct(message_zh varchar, message_en varchar)[])"
)


def reasons(night: dt.datetime) -> list[dict[str, object]]:
    """Why rows wait, as a publication sums it up."""
    return [
        {
            "table_name": "erp__purchase_lines",
            "column_name": "supplier_id",
            "rule_code": "reference",
            "message_zh": "供应商 S77 不在供应商表里",
            "message_en": "Supplier S77 is not among the suppliers",
            "row_count": 3,
            "samples": [{"source_file": "lines.csv", "source_row": 18, "value": "S77"}],
            "first_quarantined_at": night,
        }
    ]


def quarantined_rows(night: dt.datetime) -> Iterable[dict[str, object]]:
    """Three that wait, one that has entered, one whose correction failed again."""
    for number, status in enumerate(("open", "open", "open", "replayed", "open"), start=1):
        source = {"LINE": f"L{number}", "SUPPLIER": "S77", "PRICE": "12.5"}
        kept = {"purchase_order_id": f"PO{number}", "supplier_id": "S77", "unit_price_amount": "12.5"}
        reason = {
            "column_name": "supplier_id",
            "rule_code": "reference",
            "value": "S77",
            "message_zh": "供应商 S77 不在供应商表里",
            "message_en": "Supplier S77 is not among the suppliers",
        }
        again = [{"message_zh": "仍不符", "message_en": "S78 is not there either"}]
        yield {
            "quarantine_id": f"q{number}",
            "table_name": "erp__purchase_lines",
            "source_file": "erp/lines.csv",
            "source_row": 17 + number,
            "row_json": json.dumps({"source": source, "row": kept}),
            "quarantined_at": night,
            "status_code": status,
            "decision_id": {4: "a4", 5: "a5"}.get(number),
            "reasons": [reason],
            "replay_reasons": again if number == 5 else None,
        }
