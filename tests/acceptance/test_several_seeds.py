"""Companies that nobody has seen: planted drivers are found, bands hold, churn and peaks are told."""

import pytest

from tests.support.seeds import checks

pytestmark = pytest.mark.scale

SCALE = 1.0


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_on_a_company_that_nobody_has_seen_everything_planted_is_found(seed: int) -> None:
    assert [f"{check.name}: {check.found}" for check in checks(seed, SCALE) if not check.is_met] == []
