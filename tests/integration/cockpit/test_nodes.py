"""The node table of a project: threshold and predecessors are set there, refused in a circle, taken back."""

import pytest

from tests.support.published import publish_company
from tests.support.published_actions import store_of


@pytest.fixture
def lake(tmp_path):
    publish_company(tmp_path / "lake")
    return tmp_path / "lake"


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def start(elements, key):
    return next(each for each in elements if (each.key or "").startswith(key))


def nodes(app):
    return next(each.value for each in app.dataframe if "predecessor_text" in each.value.columns)


def test_a_threshold_is_set_shows_at_once_with_its_history_and_is_taken_back(open_page, lake):
    app = open_page("projects", is_published=False)
    app.query_params.update({"project": "P1", "section": "schedule"})
    app.run()
    before = nodes(app)["threshold_days"].to_list()
    app.selectbox(key="node_choice").set_value("P1-2").run()
    start(app.number_input, "node_days_").set_value(before[1] + 2)
    start(app.text_input, "node_why_").set_value("winter")
    start(app.button, "node_save_").click().run()
    assert not app.exception
    assert app.success
    table = nodes(app)
    assert table["threshold_days"].to_list() == [before[0], before[1] + 2, *before[2:]]
    assert table["is_pending"].to_list()[:3] == [False, True, False]
    assert f"Threshold (d): {before[1]} → {before[1] + 2}" in bodies(app)
    assert "winter" in bodies(app)
    (stored,) = store_of(lake).all("set_milestone")
    assert (stored.done_by, stored.payload.new_owner_id) == ("Li Na", None)

    start(app.multiselect, "node_before_").set_value(["P1-4"]).run()
    start(app.button, "node_before_save_").click().run()
    assert "would wait for each other" in app.error[0].value
    assert "P1-2" in app.error[0].value
    assert not store_of(lake).all("set_predecessors")
    start(app.multiselect, "node_before_").set_value([]).run()
    start(app.button, "node_before_save_").click().run()
    assert not app.exception
    (stored,) = store_of(lake).all("set_predecessors")
    assert [each.predecessor_id for each in stored.payload.old_links] == ["P1-1"]
    assert stored.payload.new_links == ()

    start(app.button, "node_undo_").click().run()
    assert not app.exception
    assert store_of(lake).all("set_predecessors")[-1].undoes_action_id == stored.action_id
