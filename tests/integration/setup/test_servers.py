"""The servers that other tests rely on really serve."""

import queue
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
import pytest

from tests.support.mosquitto import Broker


@pytest.mark.postgres
def test_postgres_gives_each_test_a_database_of_its_own(postgres: str, postgres_cluster: Any) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("create table t (a int)")
        connection.execute("insert into t values (1)")
    with psycopg.connect(postgres_cluster.create_database()) as other:
        assert other.execute("select count(*) from pg_tables where tablename = 't'").fetchone() == (0,)
        assert other.execute("select current_user").fetchone() == ("gantry",)


@pytest.mark.mosquitto
def test_mosquitto_delivers_at_least_once_to_a_session_that_was_away(mosquitto: Broker) -> None:
    subscriber = _client("reader", clean_start=False, broker=mosquitto)
    received: queue.Queue[str] = queue.Queue()
    subscribed: queue.Queue[bool] = queue.Queue()
    subscriber.on_subscribe = lambda *_: subscribed.put(True)
    subscriber.subscribe("site/+/temperature", qos=1)
    subscribed.get(timeout=10)
    subscriber.disconnect()
    subscriber.loop_stop()

    publisher = _client("device", clean_start=True, broker=mosquitto)
    publisher.publish("site/7/temperature", "21.5", qos=1).wait_for_publish(timeout=10)
    publisher.disconnect()
    publisher.loop_stop()

    def keep(_client: mqtt.Client, _data: None, message: mqtt.MQTTMessage) -> None:
        received.put(f"{message.topic} {message.payload.decode()} {message.qos}")

    returned = _client("reader", clean_start=False, broker=mosquitto, on_message=keep)
    assert received.get(timeout=10) == "site/7/temperature 21.5 1"
    returned.disconnect()
    returned.loop_stop()


@pytest.mark.browser
@pytest.mark.usefixtures("chinese_fonts")
def test_chromium_renders_chinese(browser: Any) -> None:
    page = browser.new_page()
    style = "style='display:inline'"
    page.set_content(f"<h1 id=t {style}>项目</h1><h1 id=box {style}>\U0010fffd\U0010fffd</h1>")
    assert page.inner_text("#t") == "项目"
    drawn = [page.locator(name).screenshot() for name in ("#t", "#box")]
    assert drawn[0] != drawn[1], "Chinese is drawn as empty boxes: fonts-noto-cjk is missing"
    page.close()


def _client(name: str, clean_start: bool, broker: Broker, on_message: Any = None) -> mqtt.Client:
    """A connected MQTT v5 client whose session outlives its connection."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    connected: queue.Queue[bool] = queue.Queue()
    client.on_connect = lambda *_: connected.put(True)
    client.on_message = on_message
    properties = mqtt.Properties(mqtt.PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 0 if clean_start else 3600
    client.connect(broker.host, broker.port, clean_start=clean_start, properties=properties)
    client.loop_start()
    connected.get(timeout=10)
    return client
