"""Comments beside an item: everybody's words stay, once each, and none closes it."""

import threading

import pytest

from actions.errors import InvalidActionError
from actions.items import ItemBook
from actions.kinds import MAX_WORDS
from cockpit.services import comments
from cockpit.services.export import csv_of
from cockpit.services.items import Names
from cockpit.services.steps import take_back
from tests.support.published_actions import open_items

NAMES = Names("en", {}, {})


@pytest.fixture
def store(tmp_path):
    return open_items(tmp_path)


@pytest.fixture
def item(store):
    return ItemBook.of_actions(store.events()).last("milestone_late|P1-3")


def add(store, item, words, number, who="Li Na"):
    return comments.add(store, comments.subject_of(item), words, who, number, "night-2025-09-30")


def thread(store, item):
    return comments.thread(store.history("comments", comments.subject_of(item)))


def test_a_double_click_writes_once_and_closes_nothing(store, item):
    assert add(store, item, "why?", "c1") == add(store, item, "why?", "c1")
    assert [each.words for each in thread(store, item)] == ["why?"]
    after = ItemBook.of_actions(store.events()).last("milestone_late|P1-3")
    assert after == item
    assert after.is_open


def test_two_who_write_at_once_both_keep_their_words(store, item):
    start = threading.Barrier(2)

    def write(number):
        start.wait()
        for place in range(5):
            add(store, item, f"{number}-{place}", f"{number}-{place}", who=number)

    writers = [threading.Thread(target=write, args=(number,)) for number in ("a", "b")]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    words = [each.words for each in thread(store, item)]
    assert sorted(words) == sorted(f"{number}-{place}" for number in "ab" for place in range(5))


@pytest.mark.parametrize(
    "words", ["x" * MAX_WORDS, "שלום עולם 🏗️", "مرحبا\nsecond line", "<script>alert(1)</script>"]
)
def test_words_of_any_kind_stay_as_they_were(store, item, words):
    add(store, item, words, "c1")
    assert thread(store, item)[0].words == words


@pytest.mark.parametrize("words", ["", "  \n", "x" * (MAX_WORDS + 1)])
def test_nothing_and_too_much_are_refused(store, item, words):
    with pytest.raises(InvalidActionError):
        add(store, item, words, "c1")


def test_a_formula_is_harmless_in_a_file(store, item):
    add(store, item, "=HYPERLINK(1)", "c1")
    line = csv_of(comments.table(thread(store, item), NAMES)).decode("utf-8-sig").splitlines()[1]
    assert line.split(",", 2)[2] == "'=HYPERLINK(1)"


def test_taken_back_it_is_struck_through_and_left_out_of_files(store, item):
    action = add(store, item, "wrong node", "c1")
    take_back(store, action, "Li Na", "en")
    assert [(each.words, each.holds) for each in thread(store, item)] == [("wrong node", False)]
    assert comments.table(thread(store, item), NAMES).is_empty()
    add(store, item, "right node", "c2")
    assert [each.holds for each in thread(store, item)] == [False, True]
