"""Quarantine on the Data page: a row put right, ignored, taken back; two at once; what a night made of it."""

from pathlib import Path

from actions.kinds import CorrectRow, Fix, IgnoreRow
from actions.store import ActionStore, Draft

ROW = {"row": "q1"}


def store(tmp_path: Path) -> ActionStore:
    return ActionStore(f"sqlite:///{tmp_path / 'lake' / 'actions.sqlite'}")


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def field(app, prefix: str):
    return next(each for each in app.text_input if each.key.startswith(prefix))


def why(app, words: str) -> None:
    next(each for each in app.text_area if each.key.startswith("quarantine_why_")).set_value(words)


def save(app):
    prefix = "quarantine_"
    button = next(each for each in app.button if each.key.startswith(prefix) and len(each.key) > 40)
    return button.click().run()


def test_a_field_is_put_right_with_words(open_page, tmp_path):
    app = open_page("trust", "en", query=ROW)
    assert not app.exception
    assert app.segmented_control(key="trust_section").value == "quarantine"
    assert "This row waits" in bodies(app)
    assert field(app, "quarantine_supplier_id_").value == "S77"
    field(app, "quarantine_supplier_id_").set_value("S1")
    why(app, "typed wrongly")
    save(app)
    assert not app.exception
    assert "The next refresh brings the row" in app.success[0].value
    (action,) = store(tmp_path).events()
    assert action.payload == CorrectRow(
        table_name="erp__purchase_lines", fixes=(Fix(column="supplier_id", old="S77", new="S1"),)
    )
    assert (action.subject_id, action.done_by, action.reason) == ("q1", "Li Na", "typed wrongly")
    assert "Corrected; the next refresh" in bodies(app)
    app.button(key="quarantine_undo_1").click().run()
    assert "This row waits" in bodies(app)


def test_what_the_contract_refuses_is_told_at_once(open_page, tmp_path):
    app = open_page("trust", "zh", query=ROW)
    field(app, "quarantine_supplier_id_").set_value(" ")
    why(app, "空")
    save(app)
    assert [each.value for each in app.error] == ["必填字段“supplier_id”不能为空。"]
    field(app, "quarantine_supplier_id_").set_value("S1")
    why(app, "")
    save(app)
    assert [each.value for each in app.error] == ["请填写：reason。"]
    assert store(tmp_path).events() == []


def test_the_second_of_two_sees_both_values(open_page, tmp_path):
    app = open_page("trust", "en", query=ROW)
    other = CorrectRow(table_name="erp__purchase_lines", fixes=(Fix(column="line_no", old=None, new="7"),))
    draft = Draft("b", "q1", other, 0, "", "seen on paper", "Wang Wei")
    store(tmp_path).record(draft)
    field(app, "quarantine_supplier_id_").set_value("S1")
    why(app, "typed wrongly")
    save(app)
    assert "Wang Wei changed this" in app.error[0].value
    assert "line_no: – → 7" in app.error[0].value
    assert "supplier_id: S77 → S1" in app.error[0].value
    assert len(store(tmp_path).events()) == 1


def test_as_is_at_source(open_page, tmp_path):
    app = open_page("trust", "en", query=ROW)
    next(
        each for each in app.get("button_group") if each.key and each.key.startswith("quarantine_verb_")
    ).set_value("ignore").run()
    why(app, "the supplier is not ours")
    save(app)
    assert not app.exception
    (action,) = store(tmp_path).events()
    assert action.payload == IgnoreRow(table_name="erp__purchase_lines")
    assert "no longer counts as waiting" in bodies(app)


def test_a_row_that_failed_again_says_why(open_page, tmp_path):
    open_page("trust", "en")
    wrong = CorrectRow(
        table_name="erp__purchase_lines", fixes=(Fix(column="supplier_id", old="S77", new="S78"),)
    )
    store(tmp_path).record(Draft("a5", "q5", wrong, 0, "", "guess", "Li Na"))
    app = open_page("trust", "en", query={"row": "q5"}, is_published=False)
    assert "Corrected, it still breaks its contract: S78 is not there either" in bodies(app)
