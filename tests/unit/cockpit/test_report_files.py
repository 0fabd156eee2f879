"""Which report files a page offers: the newest closed month and quarter, each in its newest version."""

import datetime as dt

from cockpit.services.report_files import newest

DAY = dt.date(2026, 11, 28)
FILES = [
    f"{name}.{language}.{ending}"
    for name in (
        "profit-2026-09-v1",
        "profit-2026-10-v1",
        "profit-2026-10-v2",
        "profit-2026-Q2-v1",
        "profit-2026-Q3-v1",
        "satisfaction-2026-10",
    )
    for language in ("zh", "en")
    for ending in ("html", "pdf", "xlsx")
]


def test_the_newest_month_and_quarter_in_their_newest_version():
    month, quarter = newest(FILES, "profit", DAY)
    assert month.title("en") == "Profit and loss · Oct 2026 · version 2"
    assert quarter.title("zh") == "利润表 · 2026 Q3 · 第 1 版"
    assert month.files["en", "pdf"] == "profit-2026-10-v2.en.pdf"
    assert len(month.files) == 6
    assert quarter.ended_on == dt.date(2026, 9, 30)


def test_a_report_without_versions_and_a_december():
    (only,) = newest(FILES, "satisfaction", DAY)
    assert only.title("en") == "Satisfaction · Oct 2026"
    (december,) = newest(["satisfaction-2025-12.en.pdf"], "satisfaction", DAY)
    assert december.ended_on == dt.date(2025, 12, 31)


def test_a_past_view_offers_nothing_of_periods_that_had_not_ended():
    (month, quarter) = newest(FILES, "profit", dt.date(2026, 10, 30))
    assert (month.part, quarter.part) == ("09", "Q3")
    assert newest(FILES, "profit", dt.date(2026, 1, 1)) == []


def test_other_files_in_the_folder_are_passed_over():
    names = [
        "profit-2026-10-v1.en.pdf.half",
        "notes.txt",
        "profit-2026-13-v1.en.pdf",
        "profit-2026-Q5.en.pdf",
    ]
    assert newest(names, "profit", DAY) == []
