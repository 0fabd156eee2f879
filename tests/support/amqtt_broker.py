"""The embedded broker (amqtt, MQTT 3.1.1 only) in a thread of the tests."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from amqtt.broker import Broker as AmqttBroker

from tests.support.mosquitto import START_TIMEOUT_S, Broker, free_port


@pytest.fixture
def amqtt() -> Iterator[Broker]:
    """A fresh amqtt broker."""
    port, loop = free_port(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    configuration = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": 20}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }

    async def start() -> AmqttBroker:
        made = AmqttBroker(configuration)
        await made.start()
        return made

    broker = asyncio.run_coroutine_threadsafe(start(), loop).result(START_TIMEOUT_S)
    try:
        yield Broker("127.0.0.1", port)
    finally:
        asyncio.run_coroutine_threadsafe(broker.shutdown(), loop).result(START_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_TIMEOUT_S)
        loop.close()
