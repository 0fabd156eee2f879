"""The data dictionary: what every column of every raw table means, in both languages.

``python -m lake.contracts.dictionary`` writes ``docs/dictionary.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from lake.contracts.catalog import load_contracts
from lake.contracts.model import Column, Contract

DOCUMENT = Path(__file__).parents[2] / "docs" / "dictionary.md"

_HEAD = """# 数据字典 · Data dictionary

由数据契约生成，请勿手改：`python -m lake.contracts.dictionary`。
Generated from the data contracts, not edited by hand: `python -m lake.contracts.dictionary`.

列名后的 `*` 表示主键，`!` 表示必填。单位 currency 指本行 `currency_code` 所示币种。
敏感级别：public 公开，internal 内部，margin 成本与毛利，personal 个人信息（加密存放）。
`*` after a column marks the key, `!` a required value. Sensitivity: public, internal, margin (cost and
margin), personal (stored encrypted). A unit `currency` is the one named by the row's `currency_code`.

算出来的指标见 [figures.md](figures.md)。What is computed from these columns: [figures.md](figures.md).
"""


class DictionaryRow(NamedTuple):
    """One column of one raw table. ``allowed`` and ``reference`` are empty where nothing is bound."""

    table_name: str
    column_name: str
    position: int
    type: str
    unit: str | None
    classification: str
    is_key: bool
    is_required: bool
    allowed: str
    reference: str
    label_zh: str
    label_en: str
    meaning_zh: str
    meaning_en: str


def dictionary_rows(contracts: Iterable[Contract] | None = None) -> list[DictionaryRow]:
    """Every column of every contract (default: all that ship), in loading and column order."""
    chosen = load_contracts().values() if contracts is None else contracts
    return [row for item in chosen for row in _rows(item)]


def _rows(item: Contract) -> Iterator[DictionaryRow]:
    references = {reference.columns: reference for reference in item.references}
    targets = {
        name: f"{reference.table}.{to}"
        for columns, reference in references.items()
        for name, to in zip(columns, reference.to_columns, strict=True)
    }
    for position, column in enumerate(item.columns, start=1):
        yield DictionaryRow(
            table_name=item.raw_table,
            column_name=column.name,
            position=position,
            type=column.type,
            unit=column.unit,
            classification=column.classification,
            is_key=column.name in item.key,
            is_required=column.is_required,
            allowed=allowed_text(column),
            reference=targets.get(column.name, ""),
            label_zh=column.label["zh"],
            label_en=column.label["en"],
            meaning_zh=column.meaning["zh"],
            meaning_en=column.meaning["en"],
        )


def allowed_text(column: Column) -> str:
    """What a value must keep to: the vocabulary, the range or the pattern; empty when it is free."""
    if column.vocabulary:
        return ", ".join(column.vocabulary)
    if column.pattern:
        return column.pattern
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum} … {column.maximum}"
    if column.minimum is not None:
        return f"≥ {column.minimum}"
    return "" if column.maximum is None else f"≤ {column.maximum}"


def render_dictionary(contracts: Iterable[Contract] | None = None) -> str:
    """The whole dictionary as one Markdown document in both languages."""
    chosen = list(load_contracts().values() if contracts is None else contracts)
    return "\n".join([_HEAD, *(_section(item) for item in chosen)])


def _section(item: Contract) -> str:
    lines = [
        f"## {item.raw_table} · {item.label['zh']} · {item.label['en']}",
        "",
        f"{item.meaning['zh']}。",
        f"{item.meaning['en']}.",
        "",
        "| 列 column | 类型 type | 单位 unit | 级别 class | 名称 name | 含义 meaning | 允许 allowed | → |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_line(row) for row in _rows(item)),
        *(f"\n规则 rule `{rule.name}`: {rule.message['zh']} · {rule.message['en']}." for rule in item.rules),
        "",
    ]
    return "\n".join(lines)


def _line(row: DictionaryRow) -> str:
    mark = "*" if row.is_key else "!" if row.is_required else ""
    cells = (
        f"`{row.column_name}`{mark}",
        row.type,
        row.unit or "",
        row.classification,
        f"{row.label_zh} · {row.label_en}",
        f"{row.meaning_zh} · {row.meaning_en}",
        f"`{row.allowed}`" if row.allowed else "",
        row.reference,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    DOCUMENT.write_text(render_dictionary(), encoding="utf-8")
