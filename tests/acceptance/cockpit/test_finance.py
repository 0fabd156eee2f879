"""Finance: budget to cash, what belongs to nothing, a restated month, a report equal to the page."""

from __future__ import annotations

import csv

import openpyxl
import pytest

from cockpit.services import numbers
from tests.support.published_stories import CLOSED_MONTH

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROJECT = "市一院新院区"
#: The report's lines that the page's statement has as columns.
LINES = ("revenue", "material", "labour", "subcontract", "freight", "overhead", "cost", "gross_margin")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_restated_month_is_the_same_on_the_page_and_in_its_report(meet, language, tmp_path):
    with meet(language, person="P04") as finance:
        finance.open("money")
        follows_a_project_from_budget_to_cash(finance)
        clears_up_what_belongs_to_nothing(finance)
        page = reads_the_restated_month(finance, tmp_path)
        assert page == reads_the_report(finance, tmp_path)


def follows_a_project_from_budget_to_cash(finance):
    """The waterfall of one project, and its cost down to the work order."""
    finance.card("waterfall").locator(".main-svg").first.wait_for()
    finance.choose("money_project", PROJECT)
    finance.card("cost").wait_for()
    finance.at_rest()
    orders = {row[finance.word("col_work_order_id")] for row in finance.rows("money_cost")}
    assert "WO-1" in orders


def clears_up_what_belongs_to_nothing(finance):
    """Each queue says how much waits in it, and why."""
    finance.pick("money_queue", f"{finance.word('queue_invoice')} 1")
    finance.rows("money_queue_rows", count=1)
    finance.pick("money_queue", f"{finance.word('queue_expense')} 2")
    finance.rows("money_queue_rows", count=2)


def reads_the_restated_month(finance, folder):
    """The statement marks it; the amounts as the page's own file has them."""
    name = numbers.month(CLOSED_MONTH, finance.language)
    statement = {row[finance.word("col_period_name")]: row for row in finance.rows("money_statement")}
    assert statement[name][finance.word("col_is_restated")] == finance.word("restated")
    finance.part("export_menu_money_statement").locator("button").first.click()
    saved = finance.download(finance.part("export_csv_money_statement").locator("button"), folder)
    finance.page.keyboard.press("Escape")
    with saved.open(encoding="utf-8-sig", newline="") as file:
        row = next(each for each in csv.DictReader(file) if each[finance.word("col_period_name")] == name)
    return {line: float(row[finance.word(f"col_{line}_amount")]) for line in LINES}


def reads_the_report(finance, folder):
    """The workbook of the closed month in this language, offered beside the page's figures."""
    card = finance.card("reports")
    button = card.locator(f"[class*='{finance.language}-xlsx'] button").first
    saved = finance.download(button, folder)
    book = openpyxl.load_workbook(saved)
    whole = book.worksheets[1]
    amounts = [row[1] for row in whole.iter_rows(min_row=2, values_only=True)]
    return dict(zip(LINES, map(float, amounts[: len(LINES)]), strict=True))
