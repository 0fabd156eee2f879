"""`gantry sandbox serve`: the make-believe company's systems, running until Ctrl-C."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import EXIT_FAILED, EXIT_USAGE, business_date_of, fail, out
from cli.sandbox_place import CRM_TOKEN, ERP_URL, LIVE_DATA, MQTT_PASSWORD, PHONE_TOKEN, PORT
from lake.text import text

if TYPE_CHECKING:
    from sandbox.systems.control import Service
    from sandbox.systems.devices import Broker
    from sandbox.systems.phones import Phones

SCALE, SEED = 0.05, 1

FolderOption = Annotated[Path, typer.Option("--folder", help=text("cli.help_live_folder"))]
ErpOption = Annotated[str | None, typer.Option("--erp", envvar=ERP_URL, help=text("cli.help_erp"))]
BrokerOption = Annotated[
    str | None, typer.Option("--broker", metavar="[USER@]HOST:PORT", help=text("cli.help_live_broker"))
]
IntakeOption = Annotated[
    str | None, typer.Option("--intake", metavar="URL", help=text("cli.help_live_intake"))
]
HealthOption = Annotated[
    str | None, typer.Option("--intake-health", metavar="URL", help=text("cli.help_live_health"))
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="YYYY-MM-DD", help=text("cli.help_until"))
]


def serve(
    folder: FolderOption = LIVE_DATA,
    seed: Annotated[int, typer.Option("--seed", help=text("cli.help_seed"))] = SEED,
    scale: Annotated[float, typer.Option("--scale", help=text("cli.help_scale"))] = SCALE,
    until: UntilOption = None,
    erp: ErpOption = None,
    broker: BrokerOption = None,
    intake: IntakeOption = None,
    health: HealthOption = None,
    port: Annotated[int, typer.Option("--port", help=text("cli.help_live_port"))] = PORT,
) -> None:
    """Serve CRM, ERP, offices, phones and devices of the make-believe company until SIGTERM or Ctrl-C."""
    from sqlalchemy.exc import DBAPIError

    from sandbox.example import yesterday
    from sandbox.systems.company import Company, FolderTakenError, Plan
    from sandbox.systems.control import Service
    from sandbox.systems.devices import DevicesError
    from sandbox.systems.phones import PhonesError

    place = folder.expanduser().resolve()
    place.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        folder=place,
        seed=seed,
        scale=scale,
        until=business_date_of(until) or yesterday(),
        erp_url=erp or f"sqlite:///{place / 'erp.sqlite'}",
        broker=_broker(broker),
        phones=_phones(intake),
        intake_health=health,
    )
    company = Company(plan)
    try:
        company.start()
        service = Service(company, _token(place), port)
        service.serve(lambda: _tell(service))
    except (FolderTakenError, ValueError) as error:
        fail(str(error).replace("[", "\\["), EXIT_USAGE)
    except (DevicesError, PhonesError, OSError) as error:
        fail(str(error).replace("[", "\\["), EXIT_FAILED)
    except DBAPIError as error:
        fail(text("cli.erp_silent", None, reason=str(error.orig).strip().replace("[", "\\[")), EXIT_FAILED)
    finally:
        company.close()
    out.print(text("cli.sandbox_stopped"))


def _token(folder: Path) -> str:
    """The CRM's token: from the environment, else the folder's own."""
    from sandbox.systems.control import own_token

    return os.environ.get(CRM_TOKEN) or own_token(folder)


def _broker(address: str | None) -> "Broker | None":
    from sandbox.systems.devices import Broker

    if not address:
        return None
    user, _, place = address.rpartition("@")
    host, _, port = place.partition(":")
    if port and not port.isdecimal():
        fail(text("cli.bad_live_broker", None, broker=address), EXIT_USAGE)
    return Broker(host, int(port or 1883), user or None, os.environ.get(MQTT_PASSWORD))


def _phones(address: str | None) -> "Phones | None":
    from sandbox.systems.phones import Phones

    if not address:
        return None
    token = os.environ.get(PHONE_TOKEN)
    if not token:
        fail(text("cli.no_phone_token", None, name=PHONE_TOKEN), EXIT_USAGE)
    return Phones(address, token)


def _tell(service: "Service") -> None:
    state = service.state()
    out.print(text("cli.sandbox_ready", None, today=state["today"], folder=state["folder"]))
    for name in ("crm", "erp", "control", "broker", "intake"):
        if state[name]:
            label = text(f"cli.sandbox_{name}")
            out.print(f"  {label}  [bold]{state[name]}[/bold]", highlight=False, soft_wrap=True)
