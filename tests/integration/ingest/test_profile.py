"""The profile of a batch: measured at the door, judged by Great Expectations against contract and history."""

from collections.abc import Callable

from ingest.door import TableLoad
from ingest.profile import profile_checks
from lake.checks import CheckResult
from lake.contracts import contract
from tests.integration.ingest.conftest import Bench


def lines(night: int, *, count: int = 40, days: int = 30, empty: int = 0) -> list[str]:
    """Customers whose credit days vary a little round `days`; the first `empty` have none."""
    return [f"C{i},N{night},{'' if i < empty else days + i % 3},2020-01-01" for i in range(count)]


def check(bench: Bench) -> CheckResult:
    """The verdict on the batch that was just loaded."""
    verdicts = profile_checks(bench.con, [contract("crm__contacts"), contract("crm__customers")], bench.run)
    assert list(verdicts) == ["crm__customers"]
    return verdicts["crm__customers"]


def test_measures_are_kept(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers("C1,Ada,30,2020-01-01", "C2,Bo,,", "C3,Cy,x,")
    measures = dict(
        bench.rows(
            "select column_name || ' ' || metric_code, value from lake.ops.profile "
            f"where run_id = '{bench.run.run_id}' and column_name in ('', 'credit_days')"
        )
    )
    assert measures == {
        " rows": 3,
        "credit_days null_share": 0.5,
        "credit_days mean": 30,
        "credit_days spread": 0,
        "credit_days minimum": 30,
        "credit_days maximum": 30,
    }


def test_usual_batches_pass_and_unusual_ones_say_why(
    bench: Bench, customers: Callable[..., TableLoad]
) -> None:
    for night in range(3):
        customers(*lines(night))
        verdict = check(bench)
        assert verdict.is_passed, verdict
    assert (verdict.check_name, verdict.asset_name, verdict.severity_code) == (
        "batch_profile", "raw_crm__customers", "warn",
    )  # fmt: skip
    customers(*lines(4, days=90, empty=20, count=100))
    verdict = check(bench)
    assert not verdict.is_passed
    assert "rows in [20, 80]" in verdict.expected
    assert "rows = 100" in verdict.actual
    assert "credit_days null_share = 0.2" in verdict.actual
    assert "credit_days mean = 91" in verdict.actual
    assert "since_on" not in verdict.actual


def test_a_run_that_loaded_nothing_has_no_check(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*lines(1))
    bench.load("crm__customers")
    assert profile_checks(bench.con, [contract("crm__customers")], bench.run) == {}
