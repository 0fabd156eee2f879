"""One cockpit for all stories, on the small company with people at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from lake.settings import Settings
from tests.support.cockpit import serving
from tests.support.cockpit_visits import Visitor, visiting
from tests.support.published_stories import publish_stories

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Meet = Callable[..., AbstractContextManager[Visitor]]


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the lake that the stories are told on; each writes about things of its own."""
    return publish_stories(tmp_path_factory.mktemp("stories") / "lake")


@pytest.fixture(scope="session")
def address(company: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the cockpit is served."""
    with serving(company, tmp_path_factory.mktemp("server") / "cockpit.log") as address:
        yield address


@pytest.fixture
def meet(browser: Browser, chinese_fonts: None, address: str) -> Meet:
    """Brings somebody of a language, person and device to the cockpit for the length of a block."""
    return partial(visiting, browser, address)
