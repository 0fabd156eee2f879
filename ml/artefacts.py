"""A trained model as bytes and back, without pickle: nothing in a file can run code of its own.

Models are frozen dataclasses of plain values, numpy arrays and scikit-learn estimators; skops writes them as
JSON and arrays, and on reading only names of this package, scikit-learn, numpy and frames are let in.
"""

from typing import Any

#: Frames are held as Arrow bytes, which hold values only.
ALLOWED = (
    "polars.dataframe.frame.DataFrame",
    "ml.",
    "sklearn.",
    "numpy.",
    "scipy.",
    "builtins.",
    "collections.",
    "datetime.",
)


class UntrustedArtefactError(ValueError):
    """A model file holds types that no model of ours is made of; the message names them."""

    def __init__(self, types: list[str]) -> None:
        self.types = types
        super().__init__(
            f"the model file holds {', '.join(types)}: no trained model of this project does. "
            "Delete the file; the next training writes a new one."
        )


def dumps(model: object) -> bytes:
    """The model as bytes; equal models give models that forecast equally, not always equal bytes."""
    import skops.io

    return skops.io.dumps(model)


def loads(content: bytes) -> Any:
    """The model of `dumps`. Raises UntrustedArtefactError for a file with any other type than ours."""
    import skops.io

    unknown = skops.io.get_untrusted_types(data=content)
    foreign = sorted(name for name in unknown if not name.startswith(ALLOWED))
    if foreign:
        raise UntrustedArtefactError(foreign)
    return skops.io.loads(content, trusted=unknown)
