"""Reports for management: a published state told on paper, as HTML, PDF and XLSX, all from one description.

Belongs here: what a report says (pure functions from marts to a `Report`) and how each format writes it.
Does not belong here: when reports are made (`pipelines/`), or any formula: every number is a mart's own.
"""
