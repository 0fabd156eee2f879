"""One report in three formats: the same numbers, nothing that runs, nothing that breaks."""

import datetime as dt
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.html import html_of
from reports.pdf import pdf_of
from reports.report import Column, Report, Table, shown
from reports.writing import write_new
from reports.xlsx import xlsx_of

REPORT = Report(
    name="profit-2026-10-v2",
    language="zh",
    title="某公司 · 2026-10 月度利润表",
    lines=["截至 2026-11-28"],
    tables=[
        Table(
            title="利润表 [1]",
            columns=[Column("项目"), Column("金额", "amount"), Column("占比", "share"), Column("日", "date")],
            rows=[
                ["<b>收入</b>", Decimal("1234567.80"), Decimal(1), dt.date(2026, 10, 31)],
                ["=1+1", Decimal("-0.004"), None, None],
            ],
            total=["合计", Decimal("-1234567.80"), -0.125, None],
        )
    ],
    warnings=["第 2 版"],
)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (Decimal("1234567.8"), "amount", "1,234,567.80"),
        (Decimal("-0.004"), "amount", "0.00"),
        (-1234.5, "amount", "−1,234.50"),
        (0.1234, "share", "12.3%"),
        (None, "count", "–"),
        (dt.date(2024, 2, 29), "date", "2024-02-29"),
        (12.0, "count", "12"),
    ],
)
def test_a_value_as_it_is_read(value, kind, expected):
    assert shown(value, kind) == expected


def test_html_escapes_what_it_shows_and_says_the_language():
    page = html_of(REPORT).decode()
    assert '<html lang="zh">' in page
    assert "&lt;b&gt;收入&lt;/b&gt;" in page
    assert "1,234,567.80" in page
    assert "−12.5%" in page


def test_xlsx_has_numbers_as_numbers_and_runs_no_formula():
    book = openpyxl.load_workbook(BytesIO(xlsx_of(REPORT)))
    sheet = book.worksheets[1]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1] == ("<b>收入</b>", 1234567.8, 1, dt.datetime(2026, 10, 31))
    assert rows[2][0] == "'=1+1"
    assert sheet["B2"].number_format == "#,##0.00"
    assert "[" not in sheet.title


def test_pdf_is_the_same_file_for_the_same_report():
    content = pdf_of(REPORT)
    assert content.startswith(b"%PDF")
    assert content == pdf_of(REPORT)


def test_a_long_table_runs_over_pages():
    rows = [[f"row {i}", i, i / 200, None] for i in range(200)]
    long = Report("x", "en", "Long", [], [Table("T", REPORT.tables[0].columns, rows)])
    assert pdf_of(long).count(b"/Type /Page\n") > 1


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=400))
def test_no_text_breaks_a_format(words):
    table = Table(words, [Column(words), Column("n", "count")], [[words, 1]], note=words)
    report = Report("x", "en", words, [words], [table, table], [words])
    assert html_of(report)
    assert pdf_of(report).startswith(b"%PDF")
    assert len(openpyxl.load_workbook(BytesIO(xlsx_of(report))).worksheets) == 3


def test_what_was_given_out_is_never_written_over(tmp_path):
    assert len(write_new(tmp_path, [REPORT])) == 3
    page = tmp_path / "profit-2026-10-v2.zh.html"
    page.write_text("given out")
    assert write_new(tmp_path, [REPORT]) == []
    assert page.read_text() == "given out"
