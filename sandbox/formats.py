"""How each source system writes its files: the CRM in Chinese, the ERP in capitals, the plant in Parquet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from lake.contracts import Contract, contract

LOCAL_OFFSET = "8h"  # Asia/Shanghai, which has no summer time


@dataclass(frozen=True)
class Format:
    """One system's habits. ``headers``: contract (as in the contract), upper, or zh (Chinese labels)."""

    connector: str
    folder: str
    headers: str = "contract"
    encoding: str = "utf-8"
    delimiter: str = ","
    date: str = "%Y-%m-%d"
    timestamp: str = "%Y-%m-%d %H:%M:%S"
    is_local: bool = False
    booleans: tuple[str, str] = ("true", "false")
    header_row: int = 1
    sheet: str | None = None


_REF = Format("csv", "ref")
_CRM = Format(
    "csv", "crm", "zh", "utf-8-sig", date="%Y/%m/%d", timestamp="%Y/%m/%d %H:%M:%S", is_local=True,
    booleans=("是", "否"),
)  # fmt: skip
_PROJECTS = replace(_CRM, folder="projects", encoding="utf-8", date="%Y-%m-%d", timestamp="%Y-%m-%d %H:%M:%S")
_ERP = Format("csv", "erp", "upper", "gb18030", ";", date="%Y%m%d", is_local=True, booleans=("X", "-"))
_PLANT = Format("parquet", "plant")
_WORK = replace(_PROJECTS, folder="work")
_DISPATCH = replace(_WORK, connector="excel", header_row=3, sheet="工单")
_STREAM = Format("jsonl", "iot", timestamp="%Y-%m-%dT%H:%M:%S")

_BY_DOMAIN = {
    "ref": _REF, "crm": _CRM, "projects": _PROJECTS, "erp": _ERP, "mes": _PLANT, "wms": _PLANT, "work": _WORK,
    "iot": _STREAM,
}  # fmt: skip
_BY_TABLE = {"work__work_orders": _DISPATCH, "iot__devices": replace(_PLANT, folder="iot")}
_ENDINGS = {"csv": "csv", "parquet": "parquet", "jsonl": "jsonl", "excel": "xlsx"}


def format_of(table: str) -> Format:
    """How the system that owns the table writes it."""
    return _BY_TABLE.get(table) or _BY_DOMAIN[contract(table).source]


def file_name(table: str) -> str:
    """Path of the table's file within the example's folder."""
    style = format_of(table)
    return f"{style.folder}/{contract(table).entities}.{_ENDINGS[style.connector]}"


def header(item: Contract, column: str, style: Format) -> str:
    """What the system calls a column."""
    if style.headers == "zh":
        return item.column(column).label["zh"]
    return column.upper() if style.headers == "upper" else column


def as_text(frame: pl.DataFrame, style: Format) -> pl.DataFrame:
    """The frame as the system prints it: every column text, empty where nothing is known."""
    return frame.select(_text(name, dtype, style) for name, dtype in frame.schema.items())


def _text(name: str, dtype: pl.DataType, style: Format) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Date:
        return column.dt.strftime(style.date)
    if dtype == pl.Datetime:
        local = column.dt.offset_by(LOCAL_OFFSET) if style.is_local else column
        return local.dt.strftime(style.timestamp)
    if dtype == pl.Boolean:
        yes, no = style.booleans
        return pl.when(column).then(pl.lit(yes)).when(~column).then(pl.lit(no)).alias(name)
    return column.cast(pl.String)
