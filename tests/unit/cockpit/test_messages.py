"""Every text the cockpit and the action store use exists, in both languages, with the same placeholders."""

import ast
import string

import pytest

from actions.reasons import REASON_CODES
from actions.value_added import SIZES, STEPS
from cockpit.services import devices, money, service, supply
from cockpit.services.bands import BASELINES
from cockpit.services.forecasts import QUESTIONS
from cockpit.services.model_cards import MEASURES
from cockpit.services.overrides import GROUPINGS, MEANS
from cockpit.services.passports import BARE_UNITS
from cockpit.services.projects import SCOPES
from cockpit.services.trust import SECTIONS
from cockpit.shell.navigation import PAGES, groups
from lake.text import catalogue
from ml.demand.classes import CLASSES
from tests.conftest import PROJECT_ROOT
from tests.support.published import company_rows
from tests.support.published_partners import accepted

CALLS = {"say": 0, "plain": 0, "tile": 0, "line": 0}
VOICES = (
    "satisfaction_stars",
    "rating_response_share",
    "repeat_complaint_share",
    "rework_order_share",
    "rolled_pass_share",
)
COMPUTED = (
    [f"page_{page.key}" for page in PAGES]
    + [f"group_{group}" for group in groups()]
    + [f"scope_{scope}" for scope in SCOPES]
    + [f"question_{question}" for question in QUESTIONS]
    + [f"{part}_{section}" for section in SECTIONS for part in ("section", "ask", "note")]
    + [f"figure_state_{status}" for status in ("ok", "doubtful", "failed")]
    + [f"bound_{code}" for code in ("exact", "bounded", "unbounded")]
    + [f"stock_{scope}" for scope in supply.SCOPES]
    + [f"step_{key}" for key, _, _ in money.STEPS]
    + [f"age_{age}" for age in money.AGES]
    + [f"funnel_{stage}" for stage in money.FUNNEL]
    + [f"queue_{queue}" for queue in money.QUEUES]
    + [f"by_{code}" for code in (*money.PERIODS, *service.DIMENSIONS)]
    + [f"{part}_{code}" for code in service.MEASURES for part in ("measure", "ask_course", "ask_weakest")]
    + [f"order_{scope}" for scope in service.SCOPES]
    + [f"voice_{key}" for key in VOICES]
    + [f"course_{course}" for course in devices.COURSES]
    + [f"device_{state}" for state in devices.STATES]
    + [f"figure_{bound}" for bound in ("bounded", "at_least", "open")]
    + [f"warning_{state}" for state in ("short", "covered", "later")]
    + [f"approval_{state}" for state in ("not_needed", "waiting", "approved", "rejected")]
    + [f"demand_class_{code}" for code in CLASSES]
    + ["done_purchase", "done_purchase_approval", "order_until", "order_was_due"]
)

# Codes that the marts may hold, by the vocabulary that tells them in words.
VOCABULARIES = [
    f"{kind}_{code}"
    for kind, model, column in (
        ("risk", "mart_stock_position", "stockout_code"),
        ("stuck", "mart_order_sync", "stuck_reason_code"),
        ("policy", "mart_stock_policy", "method_code"),
        ("lead_source", "mart_stock_policy", "lead_time_source_code"),
        ("clear", "mart_money_exception", "reason_code"),
        ("work", "fct_work_order", "kind_code"),
        ("priority", "fct_work_order", "priority_code"),
        ("invoice_kind", "fct_invoice", "kind_code"),
        ("device_kind", "mart_device_day", "kind_code"),
        ("device", "mart_project_device", "state_code"),
    )
    for code in accepted(model, column)
]


def _keys_used() -> dict[str, str]:
    """Keys that the code names literally, with the file that does."""
    found = {}
    for file in (PROJECT_ROOT / "cockpit").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found[first.value] = file.name
    return found


def test_keys_that_the_code_names_exist():
    used = _keys_used()
    assert len(used) > 150
    missing = {key: file for key, file in used.items() if key not in catalogue("cockpit")}
    assert not missing


def test_keys_that_the_code_computes_exist():
    assert not [key for key in COMPUTED if key not in catalogue("cockpit")]
    assert not [key for key in VOCABULARIES if key not in catalogue("cockpit")]
    assert not [code for code in REASON_CODES if f"reason_{code}" not in catalogue("actions")]


def test_owners_and_units_of_all_figures_have_words():
    figures = company_rows()["ops.figure"]
    owners = {f"figure_owner_{figure['owner']}" for figure in figures}
    units = {str(figure["unit"]).replace(" ", "_") for figure in figures}
    words = owners | {f"figure_unit_{unit}" for unit in units - {*BARE_UNITS, "share", "currency"}}
    assert words - catalogue("cockpit").keys() == set()


@pytest.mark.parametrize("room", ["cockpit", "actions"])
def test_both_languages_say_the_same_with_the_same_placeholders(room):
    for key, entry in catalogue(room).items():
        assert set(entry) == {"zh", "en"}, key
        assert all(text.strip() for text in entry.values()), key
        zh, en = (
            {name for _, name, _, _ in string.Formatter().parse(entry[language]) if name}
            for language in ("zh", "en")
        )
        assert zh == en, key


@pytest.mark.parametrize("room", ["cockpit", "actions"])
def test_no_text_shouts_and_chinese_has_chinese_punctuation(room):
    for key, entry in catalogue(room).items():
        assert "!" not in entry["en"], key
        assert "！" not in entry["zh"], key
        assert not any(mark in entry["zh"] for mark in (", ", "; ")), key


def test_every_method_and_gate_that_a_model_writes_has_words():
    from ml.churn.config import METHODS as CHURN
    from ml.delay.config import METHODS as DELAY
    from ml.demand.config import METHODS as DEMAND
    from ml.devices.config import METHODS as DEVICES
    from ml.value.config import METHODS as VALUE

    codes = {*CHURN, *DELAY, *DEMAND, *DEVICES, *VALUE}
    known = catalogue("cockpit").keys()
    assert {f"method_{code}" for code in codes} <= known
    for question in QUESTIONS:
        assert {f"{part}_{question}" for part in ("limits", "card_asks", "gate_of")} <= known
        assert {f"col_metric_{measure}" for measure in MEASURES[question]} <= known
    assert {f"rival_{code}" for code in BASELINES.values()} <= known


def test_kinds_and_states_of_an_override_have_words():
    states = ("waiting", "approved", "not_needed", "rejected", "expired")
    words = [f"override_{state}" for state in states]
    words += [f"size_{code}" for code, _ in SIZES] + [f"fva_{step}" for step in STEPS]
    words += [f"grouping_{code}" for code in GROUPINGS] + [f"means_{code}" for code in MEANS]
    assert not [key for key in words if key not in catalogue("cockpit")]
