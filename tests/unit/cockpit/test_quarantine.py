"""How a quarantined row stands, and what a correction is, without a page."""

import datetime as dt
import json

import polars as pl
import pytest

from actions.kinds import CorrectRow, Fix, IgnoreRow
from actions.kinds.base import Step
from cockpit.services import quarantine

NOW = dt.datetime(2025, 9, 30)
FIX = CorrectRow(table_name="crm__contacts", fixes=(Fix(column="is_primary", old="x", new="30"),))
LEAVE = IgnoreRow(table_name="crm__contacts")
REASON = {
    "column_name": "is_primary",
    "rule_code": "type",
    "value": "thirty",
    "message_zh": "应为整数",
    "message_en": "must be true or false",
}
ROW = {
    "quarantine_id": "q1",
    "table_name": "crm__contacts",
    "row_json": json.dumps(
        {
            "source": {"Id": "K1", "Name": "g1.abc", "First": "thirty"},
            "row": {"contact_id": "K1", "name": "g1.abc", "name_token": "f0", "is_primary": None},
        }
    ),
    "reasons": [REASON],
    "status_code": "open",
    "decision_id": None,
}


def step(payload, number="a1"):
    return Step(number, payload, "Li Na", NOW)


@pytest.mark.parametrize(
    ("status", "decided_by", "decision", "state"),
    [
        ("open", None, None, "open"),
        ("open", None, FIX, "corrected"),
        ("open", "a1", FIX, "refused"),
        ("open", "a0", FIX, "corrected"),
        ("replayed", "a1", FIX, "replayed"),
        ("replayed", "a0", FIX, "corrected"),
        ("replayed", "a1", None, "open"),
        ("repaired", "a1", FIX, "repaired"),
        ("open", None, LEAVE, "ignored"),
        ("ignored", "a1", LEAVE, "ignored"),
    ],
)
def test_the_store_says_more_than_the_last_night(status, decided_by, decision, state):
    row = {**ROW, "status_code": status, "decision_id": decided_by}
    assert quarantine.state_of(row, step(decision) if decision else None) == state


def test_fields_begin_with_what_is_wrong_and_seal_what_is_personal():
    fields = {each.column.name: each for each in quarantine.fields_of(ROW, "en")}
    assert next(iter(fields)) == "is_primary"
    assert fields["is_primary"].value == "thirty"
    assert fields["is_primary"].reasons == ("must be true or false",)
    assert not fields["name"].is_correctable
    shown = quarantine.contract_table(list(fields.values()), "en", "(sealed)")
    assert "g1.abc" not in shown["value"].to_list()
    assert quarantine.source_table(ROW, "(sealed)").rows() == [
        ("Id", "K1"),
        ("Name", "(sealed)"),
        ("First", "thirty"),
    ]


def test_a_row_of_the_wrong_shape_has_its_line():
    row = {**ROW, "row_json": json.dumps({"source": {"_line": "a;b"}, "row": None})}
    assert quarantine.source_table(row, "").rows() == [("_line", "a;b")]
    assert all(each.value is None for each in quarantine.fields_of(row, "zh") if not each.reasons)


def test_only_what_changed_is_corrected():
    found = quarantine.correction(
        "crm__contacts", {"is_primary": "x", "title": "上海"}, {"is_primary": " 30 ", "title": "上海"}
    )
    assert found.fixes == (Fix(column="is_primary", old="x", new="30"),)
    assert quarantine.correction("crm__contacts", {"title": "上海"}, {"title": ""}).fixes[0].new is None


def test_rows_are_chosen_by_reason_and_state():
    rows = pl.DataFrame([ROW, {**ROW, "quarantine_id": "q2"}], infer_schema_length=None)
    rows = quarantine.with_states(rows, {"q2": step(FIX)})
    assert rows["state_code"].to_list() == ["open", "corrected"]
    chosen = quarantine.chosen(rows, state="open", table="crm__contacts", column="is_primary", rule="type")
    assert chosen["quarantine_id"].to_list() == ["q1"]
    assert quarantine.chosen(rows, state=None, table="crm__contacts", column="title", rule="type").is_empty()
