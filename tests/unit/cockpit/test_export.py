"""What is saved opens in a spreadsheet as it was shown, and runs nothing."""

import datetime as dt
from io import BytesIO

import openpyxl
import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from cockpit.services.export import csv_of, harmless, headed, xlsx_of

FRAME = pl.DataFrame(
    {
        "name": ["=1+1", "+8613800000000", "@cmd", "-2", "市一院", None],
        "amount": [-5.5, 1.0, None, 2.0, 3.0, 4.0],
        "due_on": [dt.date(2024, 2, 29)] * 6,
    }
)


def test_texts_that_a_spreadsheet_would_run_get_an_apostrophe_and_numbers_stay_numbers():
    told = harmless(FRAME)
    assert told["name"].to_list() == ["'=1+1", "'+8613800000000", "'@cmd", "'-2", "市一院", None]
    assert told["amount"].to_list() == FRAME["amount"].to_list()


def test_csv_says_that_it_is_utf8_and_keeps_dates():
    content = csv_of(FRAME)
    assert content.startswith(b"\xef\xbb\xbf")
    assert "市一院,3.0,2024-02-29" in content.decode("utf-8-sig")


def test_xlsx_holds_numbers_and_dates_not_their_texts():
    sheet = openpyxl.load_workbook(BytesIO(xlsx_of(FRAME))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("name", "amount", "due_on")
    assert rows[1] == ("'=1+1", -5.5, dt.datetime(2024, 2, 29))
    assert sheet.freeze_panes == "A2"


def test_equal_headings_are_told_apart():
    assert headed(FRAME, ["A", "A", "B"]).columns == ["A", "A (2)", "B"]


@given(st.lists(st.text(), min_size=1, max_size=20))
@example(["\x08@", "\x00=1+1"])
def test_no_text_survives_as_a_formula_and_every_file_opens(words):
    frame = pl.DataFrame({"words": words})
    cells = [cell.value for (cell,) in openpyxl.load_workbook(BytesIO(xlsx_of(frame))).active.iter_rows()]
    assert len(cells) == len(words) + 1
    assert not [cell for cell in cells if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@")]
