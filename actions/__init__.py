"""What people decide: an append-only store of actions, and its pure read side for the door.

Here belong the store, the kinds of action and their vocabulary, and the export that makes decisions a
source like the others. Not here: pages (cockpit) and what the lake makes of a decision (ingest, dbt).
"""
