"""What is drawn as HTML escapes every text that came from data."""

from cockpit.components.bars import Bar, _row
from cockpit.components.charts import round_ticks
from cockpit.components.tiles import spark, tile_html
from cockpit.services.tiles import Tile

EVIL = '<img src=x onerror="alert(1)">'


def test_tiles_escape_their_texts():
    shown = tile_html(Tile(EVIL, EVIL, left=EVIL, right=EVIL, formula=EVIL), "check failed")
    assert "<img" not in shown


def test_bars_escape_their_texts():
    assert "<img" not in _row(Bar(EVIL, 0.5, EVIL, EVIL), "", is_tracked=True)


def test_a_tile_in_doubt_says_so_instead_of_its_target():
    shown = tile_html(Tile("OTIF", "81.9%", left="target 90%", is_doubtful=True), "check failed")
    assert 'class="tile doubt"' in shown
    assert "check failed" in shown
    assert "target 90%" not in shown


def test_a_tile_in_doubt_tells_how_far_it_could_be_off():
    shown = tile_html(
        Tile("OTIF", "81.9%", right="n = 9", is_doubtful=True, bound="80.1% to 84%"), "check failed"
    )
    assert "80.1% to 84%" in shown
    assert "n = 9" not in shown


def test_a_tile_of_a_registered_figure_is_a_link_to_its_passport():
    shown = tile_html(Tile("OTIF", "81.9%", figure_id='otif"&<'), "")
    assert shown.startswith('<a class="tile" href="trust?figure=otif%22%26%3C"')
    assert shown.endswith("</a>")
    assert "href" not in tile_html(Tile("OTIF", "81.9%"), "")


def test_standing_is_never_told_by_colour_alone():
    shown = tile_html(Tile("OTIF", "81.9%", "−8.1", "bad"), "")
    assert "■ −8.1" in shown


def test_a_gap_in_the_trend_is_a_gap():
    drawn = spark([1.0, 2.0, None, 2.0, 3.0], target=2.5)
    assert drawn.count("<polyline") == 2
    assert drawn.count("<i ") == 1
    assert "svg" not in spark([None, 1.0], None)


def test_axis_ticks_are_round():
    assert round_ticks(10_080_000) == [0, 2_500_000, 5_000_000, 7_500_000, 10_000_000]
    assert round_ticks(0) == [0]
