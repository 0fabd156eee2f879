"""`gantry intake`: the service that takes in what devices and phones send."""

import logging
import signal
from typing import Annotated, Literal

import typer

from cli.common import EXIT_USAGE, LakeOption, fail, told_plainly
from lake.settings import load_settings
from lake.text import text

BrokerOption = Annotated[
    str | None, typer.Option("--broker", metavar="HOST:PORT", help=text("cli.help_broker"))
]
EmbeddedOption = Annotated[
    bool | None, typer.Option("--embedded-broker/--no-embedded-broker", help=text("cli.help_embedded_broker"))
]
TopicOption = Annotated[list[str] | None, typer.Option("--topic", help=text("cli.help_topic"))]
SparkplugOption = Annotated[
    bool | None, typer.Option("--sparkplug/--no-sparkplug", help=text("cli.help_sparkplug"))
]
GroupOption = Annotated[str | None, typer.Option("--group", help=text("cli.help_group"))]
TlsOption = Annotated[bool | None, typer.Option("--tls/--no-tls", help=text("cli.help_tls"))]
UserOption = Annotated[str | None, typer.Option("--username", help=text("cli.help_username"))]
ProtocolOption = Annotated[
    Literal["5", "3.1.1"] | None, typer.Option("--protocol", help=text("cli.help_protocol"))
]
ClientOption = Annotated[str | None, typer.Option("--client-id", help=text("cli.help_client_id"))]
PortOption = Annotated[int | None, typer.Option("--port", help=text("cli.help_health_port"))]
HttpPortOption = Annotated[int | None, typer.Option("--http-port", help=text("cli.help_http_port"))]


def intake(
    lake: LakeOption = None,
    broker: BrokerOption = None,
    embedded_broker: EmbeddedOption = None,
    topic: TopicOption = None,
    sparkplug: SparkplugOption = None,
    group: GroupOption = None,
    tls: TlsOption = None,
    username: UserOption = None,
    protocol: ProtocolOption = None,
    client_id: ClientOption = None,
    port: PortOption = None,
    http_port: HttpPortOption = None,
) -> None:
    """Take readings in until SIGTERM or Ctrl-C; secrets come from the environment."""
    from ingest.intake.errors import IntakeError
    from ingest.intake.service import Intake
    from ingest.intake.topics import TopicTemplateError

    settings = load_settings(
        lake=lake,
        intake_broker=broker,
        intake_embedded_broker=embedded_broker,
        intake_topics=",".join(topic) if topic else None,
        intake_sparkplug=sparkplug,
        intake_group=group,
        intake_tls=tls,
        intake_username=username,
        intake_protocol=protocol,
        intake_client_id=client_id,
        intake_health_port=port,
        intake_http_port=http_port,
    )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with told_plainly():
        try:
            service = Intake(settings)
        except (IntakeError, TopicTemplateError) as error:
            fail(str(error).replace("[", "\\["), EXIT_USAGE)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: service.request_stop())
        service.start()
        service.wait()
