"""`gantry backtest record`: the published record of forecasts, counted again from the archive."""

import json

import typer

from cli.common import AsOfOption, CompanyOption, JsonOption, LakeOption, err, out, print_json, told_plainly
from lake.settings import load_settings
from lake.text import text

#: Differences told by name; their number is told whole.
SHOWN = 20


def record(
    company: CompanyOption = None,
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of each record whether the archive gives it to the last digit; ends with 1 where it does not."""
    from pipelines.recounting import recount_record

    with told_plainly():
        settings = load_settings(company=company, lake=lake)
        publication, found = recount_record(settings, as_of)
    if as_json:
        told = {each.record: {"rows": each.rows, "differing": list(each.differing)} for each in found}
        print_json(json.dumps({"publication": publication.name, "records": told}, ensure_ascii=False))
    else:
        for each in found:
            key = "cli.record_equal" if each.is_equal else "cli.record_differs"
            line = text(
                key,
                None,
                record=each.record,
                name=publication.name,
                n=each.rows,
                differing=len(each.differing),
            )
            (out if each.is_equal else err).print(line, highlight=False, markup=False)
            for difference in each.differing[:SHOWN]:
                err.print(f"  {difference}", highlight=False, markup=False)
    raise typer.Exit(0 if all(each.is_equal for each in found) else 1)
