"""`gantry backtest value`: how well the coming year's worth of customers would have been ranked."""

from cli.backtest_report import tell
from cli.common import (
    EXIT_FAILED,
    EXIT_USAGE,
    CompanyOption,
    DataOption,
    JsonOption,
    LakeOption,
    fail,
    settings_of,
    told_plainly,
)


def value(
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The next twelve months of every customer, foreseen a year ago, beside last year's worth."""
    with told_plainly():
        settings = settings_of(company, data, lake)
        from ml.churn.frames import READS, churn_frames
        from ml.value.backtest import BacktestError, backtest
        from pipelines.backtest_facts import NoFactsError, company_facts

        try:
            tables, as_of_on = company_facts(settings, READS)
        except NoFactsError as error:
            fail(str(error), EXIT_FAILED)
        frames = churn_frames(tables)
    try:
        result = backtest(frames, as_of_on)
    except BacktestError as error:
        fail(str(error), EXIT_USAGE)
        raise
    tell(result, as_json)
