"""Topic templates: which messages belong to whom, told by their topics.

`site/{site_id}/device/{device_id}/{metric_code}` has one field a level. The broker is asked for the same
pattern with `+` for each field.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from lake.text import text

FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
SHARED = "$share"
WILDCARDS = ("+", "#")


class TopicTemplateError(ValueError):
    """A template that no topic can be read by; the message says what to write instead."""


@dataclass(frozen=True)
class TopicTemplate:
    """One template; `match` gives a topic's fields by name."""

    pattern: str

    def __post_init__(self) -> None:
        fields = [match[1] for level in self.levels if (match := FIELD.fullmatch(level))]
        is_plain = all(
            level not in WILDCARDS and (FIELD.fullmatch(level) or not set("{}+#") & set(level))
            for level in self.levels
        )
        if not self.pattern or not is_plain or len(set(fields)) < len(fields) or "\0" in self.pattern:
            raise TopicTemplateError(text("intake.bad_template", None, template=self.pattern))

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The template's parts between slashes."""
        return tuple(self.pattern.split("/"))

    @property
    def filter(self) -> str:
        """What to subscribe to: fields as single-level wildcards."""
        return "/".join("+" if FIELD.fullmatch(level) else level for level in self.levels)

    def shared_filter(self, group: str | None) -> str:
        """The subscription, shared by the instances of `group` where there is one."""
        return shared(self.filter, group)

    def match(self, topic: str) -> dict[str, str] | None:
        """The fields of `topic`; None when it does not fit, or when a field is empty."""
        parts = topic.split("/")
        if len(parts) != len(self.levels):
            return None
        fields: dict[str, str] = {}
        for level, part in zip(self.levels, parts, strict=True):
            field = FIELD.fullmatch(level)
            if field is None and level != part:
                return None
            if field is not None:
                if not part:
                    return None
                fields[field[1]] = part
        return fields


def shared(topic_filter: str, group: str | None) -> str:
    """A subscription, shared by the instances of `group` where there is one."""
    return f"{SHARED}/{group}/{topic_filter}" if group else topic_filter


def templates_of(listed: str) -> tuple[TopicTemplate, ...]:
    """Templates from a comma-separated list. Raises TopicTemplateError."""
    return tuple(TopicTemplate(item.strip()) for item in listed.split(",") if item.strip())


def fields_of(templates: tuple[TopicTemplate, ...], topic: str) -> dict[str, str] | None:
    """The fields of `topic` by the first template that fits; None when none does."""
    return next((fields for each in templates if (fields := each.match(topic)) is not None), None)
