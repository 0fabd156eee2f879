"""Why a milestone is likely to be late: what its chance would be if one thing about it were as usual."""

import numpy as np
import polars as pl

from ml.delay.model import DelayModel, feature_matrix

#: Groups that are told; each feature's group is the part of its name before the underscores.
_TOGETHER = {"all": "segment"}
#: What a group is told by: features in order of preference, and how their numbers are read.
_TOLD_BY: dict[str, tuple[tuple[str, ...], str]] = {
    "segment": (("segment__late_share",), "as_is"),
    "plan": (("plan__usual",), "as_is"),
    "age": (("age__start_slip",), "as_is"),
    "load": (("load__crew", "load__owner", "load__site", "load__customer", "load__parent"), "count"),
    "batch": (("batch__plan_late",), "as_is"),
    "parent": (("parent__last",), "days"),
}
COUNT = 3


def drivers(model: DelayModel, made: pl.DataFrame, segments: pl.Series) -> pl.DataFrame:
    """Code, value and effect of the three strongest drivers of each row of `made` (features), in its order.

    The effect is the chance of being late less what it would be with that group of features as usual in the
    row's segment (median of what the model learned from): above zero it makes lateness likelier. By size of
    effect; effects below a hundredth are left NULL. Values: how much more often late than its segment's usual
    (a share), for `plan` planned days against the usual ones (a ratio), for `load` pieces of work open at
    once, for `parent` days late of the last one that finished in the project, for `age` days begun after its
    planned start, for `segment` its late share.
    """
    learned = model.learned
    names = learned.names
    groups: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        group = name.partition("__")[0]
        groups.setdefault(_TOGETHER.get(group, group), []).append(at)
    codes = sorted(groups)
    if learned.late is None or not made.height:
        return _told(np.zeros((made.height, len(codes))), np.zeros((made.height, len(codes))), codes)
    numbers = feature_matrix(made, names)
    usual = learned.usual_of(segments)
    now = learned.late.chance(numbers)
    effects, values = np.empty((len(now), len(codes))), np.empty((len(now), len(codes)))
    for at, code in enumerate(codes):
        changed = numbers.copy()
        columns = groups[code]
        changed[:, columns] = learned.usual[""][columns] if code == "segment" else usual[:, columns]
        effects[:, at] = now - learned.late.chance(changed)
        values[:, at] = _value(numbers, names, code)
    return _told(effects, values, codes)


def _value(numbers: np.ndarray, names: list[str], code: str) -> np.ndarray:
    columns, reading = _TOLD_BY.get(code, ((f"{code}__late", f"{code}__words"), "as_is"))
    found = next((numbers[:, names.index(column)] for column in columns if column in names), None)
    if found is None:
        return np.full(len(numbers), np.nan)
    if reading == "count":
        return np.round(np.expm1(found))
    if reading == "days":
        return np.round(np.sign(found) * np.expm1(np.abs(found)))
    return np.round(found, 4)


def _told(effects: np.ndarray, values: np.ndarray, codes: list[str]) -> pl.DataFrame:
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :COUNT]
    effect = np.take_along_axis(effects, order, axis=1)
    value = np.take_along_axis(values, order, axis=1)
    is_shown = np.abs(effect) >= 0.01
    columns: dict[str, pl.Series] = {}
    for place in range(COUNT):
        shown = is_shown[:, place] if place < effect.shape[1] else np.zeros(len(effects), bool)
        at = min(place, max(effect.shape[1] - 1, 0))
        code = [codes[i] if ok else None for i, ok in zip(order[:, at], shown, strict=True)]
        columns[f"driver_{place + 1}_code"] = pl.Series(code, dtype=pl.String)
        for name, part in (("value", value), ("effect_share", np.round(effect, 4))):
            told = np.where(shown, part[:, at], np.nan)
            columns[f"driver_{place + 1}_{name}"] = pl.Series(told, dtype=pl.Float64).fill_nan(None)
    return pl.DataFrame(columns)
