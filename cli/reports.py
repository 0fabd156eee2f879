"""`gantry reports`: the reports that the newest publication owes, written into the lake."""

import json

from cli.common import CompanyOption, JsonOption, LakeOption, out, print_json, settings_of, told_plainly
from lake.text import text


def reports(company: CompanyOption = None, lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """Write what is owed and not written yet; say where it lies."""
    with told_plainly():
        from pipelines.reports import make_reports

        settings = settings_of(company, None, lake)
        written = make_reports(settings)
    if as_json:
        print_json(json.dumps([str(path) for path in written]))
        return
    for path in written:
        out.print(str(path), highlight=False, soft_wrap=True)
    out.print(text("cli.reports_written", None, count=len(written), folder=settings.paths.reports))
