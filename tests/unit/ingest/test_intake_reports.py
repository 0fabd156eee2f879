"""Work-order reports: what is read of a body, what is told of one that is none, and who may send it."""

import json

import pytest
from pydantic import SecretStr

from ingest.intake.errors import IntakeError
from ingest.intake.refusals import BrokenBodyError
from ingest.intake.reports import WORK_ORDERS, broken_report, message_of, reports_of
from ingest.intake.tokens import Callers
from ingest.intake.work_orders import work_order_reports
from lake.contracts import load_contracts
from lake.settings import Settings, child_environment
from tests.support.phone import OTHER_TOKEN, TOKEN, TOKENS


def _rows(content: object) -> list[dict]:
    return [dict(report.row) for report in work_order_reports(json.dumps(content).encode(), "phone", None)]


def test_values_become_texts_as_they_were_written() -> None:
    body = (
        b'{"work_order_id": 7, "labour_hours": 2.50, "is_rework": true, '
        b'"resolution": " ok ", "fault_code": null}'
    )
    [report] = work_order_reports(body, "phone", None)
    assert report.row == {
        "work_order_id": "7",
        "labour_hours": "2.50",
        "is_rework": "true",
        "resolution": "ok",
        "fault_code": None,
    }
    assert json.loads(report.payload)["labour_hours"] == "2.50"


def test_one_report_or_a_list() -> None:
    assert len(_rows({"work_order_id": "A"})) == 1
    assert [row["work_order_id"] for row in _rows([{"work_order_id": "A"}, {"work_order_id": "B"}])] == [
        "A",
        "B",
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json"),
        (b"{", "json"),
        (b"\xff", "json"),
        (b"[" * 100_000, "json"),
        (b'{"work_order_id": NaN}', "json"),
        (b"[]", "empty"),
        (b"5", "no_object"),
        (b'[{"work_order_id": "A"}, 5]', "no_object"),
        (b"{}", "no_key"),
        (b'{"work_order_id": " "}', "no_key"),
        (b'{"work_order_id": "A", "colour": "red"}', "unknown_field"),
        (b'{"work_order_id": ["A"]}', "no_value"),
        (b'{"work_order_id": "\\ud800"}', "bad_characters"),
        (b'{"work_order_id": "a\\u0000b"}', "bad_characters"),
    ],
)
def test_a_body_that_is_no_report_is_told_in_both_languages(body: bytes, code: str) -> None:
    with pytest.raises(BrokenBodyError) as caught:
        work_order_reports(body, "phone", None)
    assert (caught.value.code, caught.value.status) == (code, 422)
    assert set(caught.value.message) == {"zh", "en"}
    assert caught.value.message["zh"] != caught.value.message["en"]


def test_ids_come_from_the_report_then_the_request_then_the_content() -> None:
    body = b'[{"work_order_id": "A", "report_id": 1}, {"work_order_id": "B"}]'
    assert [report.write_id for report in work_order_reports(body, "phone", "k")] == ["phone:1", "phone:k:2"]
    [one], [again], [other] = (
        work_order_reports(text, "phone", None)
        for text in (
            b'{"work_order_id": "A", "status_code": "closed"}',
            b'{ "status_code": "closed", "work_order_id": "A" }',
            b'{"work_order_id": "A", "status_code": "on_site"}',
        )
    )
    assert one.write_id == again.write_id != other.write_id


def test_a_report_survives_the_journal() -> None:
    [report] = work_order_reports('{"work_order_id": "甲"}'.encode(), "phone", None)
    assert reports_of(*message_of([report, report])) == [report, report]
    broken = broken_report(WORK_ORDERS, "phone", "http_json", {"zh": "坏", "en": "bad"}, b"\xff" * 10, 100)
    assert reports_of(*message_of([broken])) == [broken]
    assert (broken.size, broken.head) == (10, b"\xff" * 10)
    assert (
        len(
            broken_report(
                WORK_ORDERS, "p", "r", broken.__dict__ | {"zh": "", "en": ""}, b"x" * 5000, 100
            ).head
        )
        == 1024
    )


@pytest.mark.parametrize("table", ["work__work_orders", "work__photos"])
def test_reports_are_completed_from_the_lake_which_no_encrypted_column_could_be(table: str) -> None:
    assert not [column.name for column in load_contracts()[table].columns if column.is_personal]


# -- tokens --------------------------------------------------------------------------------------


def _callers(listed: str) -> Callers:
    return Callers(Settings(intake_tokens=SecretStr(listed), language="en"))


def test_a_token_tells_who_calls() -> None:
    callers = _callers(TOKENS)
    assert callers.caller(f"Bearer {TOKEN}") == "phone"
    assert callers.caller(f"bearer {OTHER_TOKEN}") == "office"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \u00e9"]
)
def test_anything_else_is_nobody(header: str) -> None:
    assert _callers(TOKENS).caller(header) is None


def test_without_tokens_nobody_may() -> None:
    assert not Callers(Settings())
    assert Callers(Settings()).caller("Bearer ") is None


@pytest.mark.parametrize(
    "listed",
    ["phone", "phone:short", ":0123456789abcdef", "a b:0123456789abcdef", f"{TOKENS},phone:0123456789abcdef"],
)
def test_tokens_that_cannot_be_used_are_told_without_showing_them(listed: str) -> None:
    with pytest.raises(IntakeError) as caught:
        _callers(listed)
    assert "0123456789abcdef" not in str(caught.value)


def test_tokens_are_no_part_of_a_childs_settings() -> None:
    assert "GANTRY_INTAKE_TOKENS" not in child_environment(Settings(intake_tokens=SecretStr(TOKENS)))
