"""Comments on the item's page and on the phone, and the league of rules beside the inbox."""

import pytest

from actions.items import ItemBook
from tests.support.published import publish_company
from tests.support.published_actions import open_items, store_of


@pytest.fixture
def lake(tmp_path):
    publish_company(tmp_path / "lake")
    open_items(tmp_path / "lake")
    return tmp_path / "lake"


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def comment(app, words: str):
    next(each for each in app.text_area if each.key.startswith("comment_words_")).set_value(words)
    next(
        each for each in app.button if each.key.startswith("comment_") and "back" not in each.key
    ).click().run()
    assert not app.exception
    return app


def test_a_comment_stands_in_thread_and_history_and_the_item_stays_open(open_page, lake):
    app = open_page("actions", "en", is_published=False)
    app.query_params["item"] = "open-0"
    app.run()
    assert any("No comments yet" in each.value for each in app.caption)
    comment(app, "שלום <b>🏗️</b>")
    assert "The comment is saved." in app.success[0].value
    assert bodies(app).count("שלום &lt;b&gt;🏗️&lt;/b&gt;") == 2
    assert "Comment: שלום" in bodies(app)
    assert ItemBook.of_actions(store_of(lake).events()).last("milestone_late|P1-3").is_open
    next(each for each in app.button if each.key.startswith("comment_back_")).click().run()
    assert not app.exception
    assert "<s>שלום" in bodies(app)


def test_a_comment_from_the_phone(open_page, lake):
    app = open_page("phone", "zh", is_published=False)
    assert not app.exception
    assert any(each.label.startswith("评论") for each in app.expander)
    comment(app, "吊车没来")
    assert [each.payload.words for each in store_of(lake).all("comment")] == ["吊车没来"]


def test_rules_are_compared_beside_the_inbox(open_page, lake):
    app = open_page("actions", "en", is_published=False)
    assert not app.exception
    assert "Of 26 alerts that were judged, 76.9% were worth it" in bodies(app)
