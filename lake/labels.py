"""Labels of codes: what a vocabulary's word («school», «design») is called in either language."""

from lake.text import catalogue, text

#: The room whose catalogue names the codes, as `<kind>_<code>`.
ROOM = "cockpit"


def code_label(kind: str, code: str | None, language: str | None = None) -> str:
    """The label of a code of a vocabulary («phase», «segment»…); a company's own code is shown as it is.

    Case does not matter: a source that writes «DESIGN» means the same.
    """
    if not code:
        return text(f"{ROOM}.not_stated", language)
    key = f"{kind}_{code.lower()}"
    return text(f"{ROOM}.{key}", language) if key in catalogue(ROOM) else code
