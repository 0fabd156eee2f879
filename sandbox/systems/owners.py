"""Which system of the company owns which contract table."""

from __future__ import annotations

from lake.contracts import Contract, source_contracts

WORK_ORDERS, PHOTOS, READINGS = "work__work_orders", "work__photos", "iot__readings"
#: Kept by an office as a file, because no system owns them.
OFFICE_FILES = ("ref__compensation_policy", "ref__school_terms", "ref__work_calendar")


def crm_tables() -> list[Contract]:
    """Tables of the CRM."""
    return [each for each in source_contracts().values() if each.source == "crm"]


def erp_tables() -> list[Contract]:
    """Tables in the ERP's database: whatever nobody else owns."""
    others = {WORK_ORDERS, READINGS, *OFFICE_FILES, *(each.name for each in crm_tables())}
    return [each for name, each in source_contracts().items() if name not in others]


def record_tables() -> list[Contract]:
    """Tables whose rows change and go, the CRM's apart; readings only ever come."""
    crm = {each.name for each in crm_tables()}
    return [each for name, each in source_contracts().items() if name not in crm | {READINGS}]


def table_name(contract: Contract) -> str:
    """The table's name in the ERP's database."""
    return f"{contract.source}_{contract.entities}"
