"""A few pages beside kept pictures of them; `make references` takes the pictures anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

from lake.settings import Settings
from tests.conftest import PROJECT_ROOT
from tests.support.cockpit import serving
from tests.support.cockpit_visits import HAND, Device, Visitor, visiting
from tests.support.pictures import share_of_difference, small
from tests.support.published_stories import publish_stories

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REFERENCES = Path(__file__).with_name("references")
SEEN = PROJECT_ROOT / "test-output" / "references"
#: A picture a pixel aside stays below it, a page without its smallest card above it: both are held here.
TOLERATED_SHARE = 0.03
#: High enough for every card: the page scrolls within the window.
WALL, DARK_WALL = Device(1440, 1800), Device(1440, 1800, scheme="dark")


@dataclass(frozen=True)
class Picture:
    """One page as somebody sees it."""

    page: str
    language: str
    device: Device
    on: str

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return REFERENCES / f"{self.page}-{self.language}-{self.on}.png"


PICTURES = (
    Picture("overview", "zh", WALL, "wall"),
    Picture("overview", "en", DARK_WALL, "dark"),
    Picture("overview", "en", HAND, "hand"),
    Picture("suppliers", "en", WALL, "wall"),
    Picture("money", "zh", WALL, "wall"),
    Picture("phone", "zh", HAND, "hand"),
)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cockpit on a lake that nobody writes to."""
    folder: Path = tmp_path_factory.mktemp("still")
    settings: Settings = publish_stories(folder / "lake")
    with serving(settings, folder / "cockpit.log") as address:
        yield address


def shown(visitor: Visitor, page: str) -> bytes:
    """The page at rest, as a picture of one pixel a pixel."""
    visitor.open(page)
    visitor.page.mouse.move(0, 0)
    return visitor.page.screenshot(animations="disabled", caret="hide", scale="css")


@pytest.mark.parametrize("picture", PICTURES, ids=lambda each: each.file.stem)
def test_a_page_looks_as_it_was_kept(browser, chinese_fonts, still, picture, request):
    with visiting(browser, still, picture.language, device=picture.device, person="P03") as visitor:
        seen = small(shown(visitor, picture.page))
    if request.config.getoption("--renew-references"):
        REFERENCES.mkdir(exist_ok=True)
        picture.file.write_bytes(seen)
        return
    kept = picture.file.read_bytes()
    share = share_of_difference(kept, seen)
    if share > TOLERATED_SHARE:
        SEEN.mkdir(parents=True, exist_ok=True)
        (SEEN / picture.file.name).write_bytes(seen)
    assert share <= TOLERATED_SHARE, f"{share:.1%} of {picture.file.name} is otherwise; see {SEEN}"


@pytest.mark.parametrize("picture", PICTURES, ids=lambda each: each.file.stem)
def test_letters_smoothed_otherwise_or_set_a_pixel_aside_are_the_same_picture(picture):
    kept = picture.file.read_bytes()
    page = Image.open(BytesIO(kept)).convert("RGB")
    aside = ImageChops.offset(page, 1, 1)
    for other in (page.filter(ImageFilter.GaussianBlur(0.6)), aside):
        buffer = BytesIO()
        other.save(buffer, "PNG")
        assert share_of_difference(kept, buffer.getvalue()) <= TOLERATED_SHARE


@pytest.mark.parametrize("card", ["gantt", "promises", "drill"])
def test_a_page_without_one_of_its_cards_is_told(browser, chinese_fonts, still, card):
    picture = PICTURES[0]
    with visiting(browser, still, picture.language, device=picture.device, person="P03") as visitor:
        shown(visitor, picture.page)
        visitor.card(card).evaluate("card => { card.style.display = 'none'; }")
        without = small(visitor.page.screenshot(animations="disabled", caret="hide", scale="css"))
    assert share_of_difference(picture.file.read_bytes(), without) > TOLERATED_SHARE
