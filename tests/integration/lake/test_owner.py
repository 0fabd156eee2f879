"""A lake is one company's: another one is refused before anything of it enters, and told where to go."""

from pathlib import Path

import pytest

from lake.connection import connect_lake
from lake.owner import OtherCompanyError, claim
from lake.settings import Settings
from lake.tables import ensure_lake


def test_the_first_company_keeps_its_lake(tmp_lake: Settings, tmp_path: Path) -> None:
    ours = tmp_lake.model_copy(update={"company": tmp_path / "ours"})
    theirs = tmp_lake.model_copy(update={"company": tmp_path / "theirs", "language": "en"})
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        claim(con, ours, "run-1")
        claim(con, ours, "run-2")
        with pytest.raises(OtherCompanyError, match=r"belongs to company ours, .* of theirs: .*--lake"):
            claim(con, theirs, "run-3")
        assert con.execute("select * from lake.ops.company").fetchall() == [("ours", "run-1")]
