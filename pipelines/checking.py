"""What the door would find: a whole company tried in a lake that is thrown away."""

import base64
import secrets
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import SecretStr

from ingest.company import load_company
from ingest.door import TableReport, check_table, load_table
from ingest.ledger import Past
from lake.connection import connect_lake
from lake.contracts import load_contracts
from lake.keys import KEY_BYTES
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake
from pipelines.business_date import business_date


def check_all(settings: Settings, asked: date | None) -> list[TableReport]:
    """A report for each table that the company maps, parents first; the company's own lake is not touched.

    Each table is loaded into the passing lake after its report, so that its children find their parents.
    """
    company = load_company(settings.company, settings.data, language=settings.language)
    run = new_run(business_date(company, asked, datetime.now(UTC)), "ingest")
    with tempfile.TemporaryDirectory(prefix="gantry-check-") as folder:
        key = SecretStr(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"))
        passing = {"lake": Path(folder), "catalog": "", "data_path": None, "key": key}
        trial = settings.model_copy(update=passing)
        reports = []
        with connect_lake(trial) as con:
            ensure_lake(con)
            past = Past.read(con)
            for name in load_contracts():
                if name in company.tables:
                    reports.append(check_table(con, company, name, run, trial))
                    load_table(con, company, name, run, trial, past)
        return reports
