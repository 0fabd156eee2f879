"""Topic templates: which topics they fit, and what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.intake.topics import TopicTemplate, TopicTemplateError, fields_of, templates_of

SITE = "site/{site_id}/device/{device_id}/{metric_code}"
LEVEL = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


def test_fields_are_read_from_the_topic() -> None:
    assert TopicTemplate(SITE).match("site/S1/device/D 7/temp_c") == {
        "site_id": "S1",
        "device_id": "D 7",
        "metric_code": "temp_c",
    }


@pytest.mark.parametrize(
    "topic",
    ["", "site", "site/S1/device/D1", "site/S1/gadget/D1/t", "site//device/D1/t", "site/S1/device/D1/t/x"],
)
def test_other_topics_do_not_fit(topic: str) -> None:
    assert TopicTemplate(SITE).match(topic) is None


def test_the_broker_is_asked_for_the_same_pattern() -> None:
    assert TopicTemplate(SITE).filter == "site/+/device/+/+"
    assert TopicTemplate(SITE).shared_filter("g") == "$share/g/site/+/device/+/+"
    assert TopicTemplate(SITE).shared_filter(None) == "site/+/device/+/+"


@pytest.mark.parametrize("pattern", ["", "a/#", "a/+/b", "{x}/{x}", "a/{x}y", "a/{X}", "a/{", "a\0b"])
def test_a_template_that_cannot_be_read_by_is_refused(pattern: str) -> None:
    with pytest.raises(TopicTemplateError, match="template"):
        TopicTemplate(pattern)


def test_the_first_template_that_fits_counts() -> None:
    templates = templates_of(f"plant/{{device_id}}, {SITE} ,")
    assert fields_of(templates, "plant/P1") == {"device_id": "P1"}
    assert fields_of(templates, "site/S1/device/D1/t") is not None
    assert fields_of(templates, "else") is None


@given(site=LEVEL, device=LEVEL, metric=LEVEL)
def test_what_is_put_in_comes_out(site: str, device: str, metric: str) -> None:
    fields = {"site_id": site, "device_id": device, "metric_code": metric}
    assert TopicTemplate(SITE).match(SITE.format(**fields)) == fields


@given(st.text())
def test_no_topic_raises(topic: str) -> None:
    TopicTemplate(SITE).match(topic)
