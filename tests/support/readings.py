"""Closed batches of the intake without a service: messages spooled, sealed and converted as it does."""

import json
from pathlib import Path

from ingest.intake.closing import close_journal
from ingest.intake.journal import Message
from ingest.intake.loading import closed_batches
from ingest.intake.spool import Spool
from ingest.intake.topics import TopicTemplate
from lake.settings import Settings

TEMPLATES = (TopicTemplate("{device_id}/{metric_code}"),)
LARGEST_PAYLOAD = 1000


def close_batch(settings: Settings, *messages: tuple[str, object]) -> Path:
    """One closed batch of messages (topic, content), received one after another."""
    spool = Spool(settings.paths.intake, max_bytes=1 << 20, max_seconds=60)
    spool.append(
        Message(topic.encode(), json.dumps(content).encode(), number * 1_000_000)
        for number, (topic, content) in enumerate(messages)
    )
    spool.seal()
    [journal] = spool.take_sealed()
    close_journal(journal, TEMPLATES, LARGEST_PAYLOAD)
    return closed_batches(settings)[-1]
