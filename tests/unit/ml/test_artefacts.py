"""Models come back as they went, and a foreign type in a file is refused before anything of it is made."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ml.artefacts import UntrustedArtefactError, dumps, loads
from ml.delay.config import DelayConfig

X = np.random.default_rng(0).normal(size=(200, 3))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingClassifier(max_iter=10, random_state=1),
        HistGradientBoostingRegressor(max_iter=10, loss="quantile", quantile=0.8, random_state=1),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=lambda each: type(each).__name__,
)
def test_an_estimator_forecasts_the_same_to_the_last_digit(estimator):
    estimator.fit(X, Y)
    again = loads(dumps(estimator))
    assert np.array_equal(again.predict(X), estimator.predict(X))
    if hasattr(estimator, "predict_proba"):
        assert np.array_equal(again.predict_proba(X), estimator.predict_proba(X))


def test_a_frozen_dataclass_of_plain_values_comes_back():
    model = {
        "config": DelayConfig(),
        "day": dt.date(2024, 2, 29),
        "cuts": np.array([1.0, 2.5]),
        "names": ["a"],
    }
    again = loads(dumps(model))
    assert again["config"] == DelayConfig()
    assert again["day"] == dt.date(2024, 2, 29)
    assert again["cuts"].tolist() == [1.0, 2.5]


@dataclass
class Foreign:
    """Not of this package."""

    amount: Decimal = Decimal(1)


def test_a_foreign_type_is_refused_by_name():
    with pytest.raises(UntrustedArtefactError, match="Foreign"):
        loads(dumps(Foreign()))
