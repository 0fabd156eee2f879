"""Whose lake it is: one company's, named at its first run, so that no other is mixed into it by mistake."""

import duckdb

from lake.settings import Settings
from lake.text import text


class OtherCompanyError(RuntimeError):
    """The lake belongs to another company; the message names both and says what to do."""


def claim(con: duckdb.DuckDBPyConnection, settings: Settings, run_id: str) -> None:
    """Make the lake this company's at its first run. Raises OtherCompanyError when it is another's.

    A company is known by the name of its folder. The caller holds the writer lock.
    """
    asked = settings.company.resolve().name
    owner = con.execute("select company_code from lake.ops.company").fetchone()
    if owner is None:
        con.execute(
            "insert into lake.ops.company by name select ? as company_code, ? as run_id", [asked, run_id]
        )
    elif owner[0] != asked:
        told = {"lake": settings.paths.root, "owner": owner[0], "asked": asked}
        raise OtherCompanyError(text("lake.other_company", settings.language, **told))
