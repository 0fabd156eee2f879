"""A report as PDF, A4 across, for filing and printing.

Chinese is set in STSong-Light, one of the Asian fonts that PDF readers bring themselves (Adobe-GB1): nothing
is embedded, files stay small, and the text can be searched and copied.
"""

from __future__ import annotations

from functools import cache
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from reports.report import Report, Table, shown

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

_FONT = "STSong-Light"
_INK, _INK_2, _LINE, _WATCH = "#17212b", "#4a5560", "#d5d1c7", "#8a5a00"
_MARGIN = 36
_OTHER_SIGNS = str.maketrans({"−": "–", "·": "–"})


def pdf_of(report: Report) -> bytes:
    """The pages; headings of a table are repeated on each page it runs over, pages are numbered."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import SimpleDocTemplate

    _prepare()
    content = BytesIO()
    document = SimpleDocTemplate(
        content,
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=report.title,
        author="Gantry",
        # Equal reports are equal files: no time of day, no random id.
        invariant=True,
    )
    document.build(_story(report, document.width), onFirstPage=_number, onLaterPages=_number)
    return content.getvalue()


@cache
def _prepare() -> None:
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont

    registerFont(UnicodeCIDFont(_FONT))


def _story(report: Report, width: float) -> list[Flowable]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, Spacer

    plain = ParagraphStyle("plain", fontName=_FONT, fontSize=9, leading=13, textColor=_INK_2)
    title = ParagraphStyle("title", parent=plain, fontSize=17, leading=22, textColor=_INK)
    heading = ParagraphStyle(
        "heading", parent=plain, fontSize=11.5, leading=16, textColor=_INK, spaceBefore=12
    )
    warning = ParagraphStyle("warning", parent=plain, textColor=_WATCH)
    note = ParagraphStyle("note", parent=plain, fontSize=8, leading=11)
    story: list[Flowable] = [Paragraph(_plain(report.title), title)]
    story += [Paragraph(_plain(line), plain) for line in report.lines]
    story += [Paragraph("▲ " + _plain(line), warning) for line in report.warnings]
    for table in report.tables:
        story += [Paragraph(_plain(table.title), heading), Spacer(0, 4), _table(table, width)]
        if table.note:
            story.append(Paragraph(_plain(table.note), note))
    return story


def _table(table: Table, width: float) -> Flowable:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph
    from reportlab.platypus import Table as PdfTable

    size = 8 if len(table.columns) <= 8 else 6.5
    left = ParagraphStyle("left", fontName=_FONT, fontSize=size, leading=size + 3, textColor=_INK)
    right = ParagraphStyle("right", parent=left, alignment=2)
    styles = [left if column.kind == "text" else right for column in table.columns]

    def cells(texts: list[str]) -> list[Flowable]:
        return [Paragraph(_plain(text), style) for text, style in zip(texts, styles, strict=True)]

    rows = [*table.rows, *([table.total] if table.total else [])]
    kinds = [column.kind for column in table.columns]
    body = [cells([shown(value, kind) for value, kind in zip(row, kinds, strict=True)]) for row in rows]
    # Words need more room than numbers.
    shares = [1.7 if kind == "text" else 1.0 for kind in kinds]
    lines = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if table.total:
        lines.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, _INK_2))
    return PdfTable(
        [cells([column.heading for column in table.columns]), *body],
        colWidths=[width * share / sum(shares) for share in shares],
        repeatRows=1,
        style=lines,
    )


def _plain(words: str) -> str:
    """Text for a paragraph; signs that the readers' Asian font lacks become such as it has."""
    return escape(words.translate(_OTHER_SIGNS))


def _number(canvas: object, document: object) -> None:
    canvas.setFont(_FONT, 8)
    canvas.drawRightString(document.pagesize[0] - _MARGIN, 20, str(document.page))
