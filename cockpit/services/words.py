"""The cockpit's texts and the labels of codes."""

from lake.text import catalogue, text


def say(key: str, language: str, **values: object) -> str:
    """The message `key` of lake/messages/cockpit.yml."""
    return text(f"cockpit.{key}", language, **values)


def code_label(kind: str, code: str | None, language: str) -> str:
    """The label of a code of a vocabulary («phase», «segment»…); a company's own code is shown as it is.

    Case does not matter: a source that writes «DESIGN» means the same.
    """
    if not code:
        return say("not_stated", language)
    key = f"{kind}_{code.lower()}"
    return say(key, language) if key in catalogue("cockpit") else code
