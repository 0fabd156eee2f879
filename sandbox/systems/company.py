"""All systems of the make-believe company together, and the clock that moves them on.

What cannot be repeated is kept in the folder: `records/` (every record with its stamps), written when a day
is over, so that a company that is started again goes on where it was.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from lake.contracts import contract
from sandbox.systems.crm import crm_records
from sandbox.systems.days import LEDGER, Days
from sandbox.systems.devices import Broker, messages, publish
from sandbox.systems.drop_folder import DropFolder
from sandbox.systems.erp import ErpDatabase
from sandbox.systems.owners import OFFICE_FILES, PHOTOS, READINGS, WORK_ORDERS, record_tables
from sandbox.systems.phones import Phones, is_by_phone
from sandbox.systems.records import DELETED, Correction, Records

CLOCK_FILE, DIRT_FILE = "clock.json", "dirt.parquet"
SHRINKING = ("erp__supplier_prices",)
LONG_AGO = datetime(1970, 1, 1)
#: When the platform had a reading.
RECEIVED = pl.coalesce("received_at", "read_at")
CORRECTING = (Correction("erp__expenses", "spent_on", 3),)


class FolderTakenError(ValueError):
    """The folder belongs to a company of another seed or scale; the message says which."""


@dataclass(frozen=True)
class Plan:
    """Which company it is and where its systems are; without broker or phones, files take their place."""

    folder: Path
    seed: int
    scale: float
    until: date
    erp_url: str
    broker: Broker | None = None
    phones: Phones | None = None
    #: Where whoever waits for the intake may look how far it is; nothing for us.
    intake_health: str | None = None


@dataclass
class Sent:
    """What was handed on since the process started, all of it acknowledged by who took it.

    Work orders in Excel files; readings, and the MQTT messages that carried them (some twice); reports and
    photos from phones.
    """

    excel: int = 0
    readings: int = 0
    messages: int = 0
    reports: int = 0
    photos: int = 0


@dataclass
class Due:
    """What phones have yet to send."""

    orders: list[pl.DataFrame] = field(default_factory=list)
    photos: list[pl.DataFrame] = field(default_factory=list)


class Company:
    """The running company. `start` once, then `move` day by day; one thread at a time moves it."""

    def __init__(self, plan: Plan, days: Days | None = None) -> None:
        self.plan = plan
        self.days = days or Days(plan.seed, plan.scale)
        self.erp = ErpDatabase(plan.erp_url)
        self.drop = DropFolder(plan.folder)
        self.sent, self.due = Sent(), Due()
        self.readings, self.readings_until = 0, LONG_AGO
        self._soiled_readings = pl.DataFrame(schema=LEDGER)
        #: How to change what the CRM shows while it is being asked.
        self.switch: Callable[[Callable[[], None]], None] = lambda change: change()

    def start(self) -> None:
        """Be as the folder says, or begin anew at `until`. Raises FolderTakenError."""
        kept = self._kept()
        first = date.fromisoformat(kept["today"]) if kept else self.plan.until
        self.born_on = date.fromisoformat(kept["born_on"]) if kept else first
        keys = {each.name: tuple(each.key) for each in record_tables()}
        self.crm = crm_records(self.plan.seed, self.plan.scale, first, self.days)
        self.records = Records(self.days.frames, keys, first, SHRINKING, CORRECTING)
        if kept:
            self.readings_until = datetime.fromisoformat(kept["readings_until"])
            known = pl.read_parquet(self.plan.folder / "records" / DIRT_FILE)
            self._soiled_readings = known.filter(pl.col("table") == READINGS)
            for name, records in self._all_records().items():
                records.load(self.plan.folder / "records" / name)
        else:
            self._begin()
        if self.plan.until > first:
            self.move_to(self.plan.until)

    @property
    def today(self) -> date:
        """The day that all systems show."""
        return self.records.today

    def move(self, days: int) -> None:
        """Move on day by day; 0 only hands on what is still due.

        Raises ValueError for less, DevicesError, PhonesError, OSError.
        """
        if days < 0:
            raise ValueError(f"the clock does not go back by {-days} days")
        for _ in range(days):
            self.move_to(self.today + timedelta(days=1))
        if days == 0:
            self._hand_on()

    def move_to(self, day: date) -> None:
        """Let all systems show a later day; done when everything sent was acknowledged.

        What could not be handed on stays due, and goes with the next move. Only a day that was handed on is
        kept: a company that is started again after a failure repeats the day.
        """
        self.days.frames(day)
        self.switch(lambda: self.crm.move_to(day))
        self.records.move_to(day)
        changes = {name: self.records.changed_on(name, day) for name in self.records.keys}
        if self.plan.phones is not None:
            is_reported = is_by_phone(self.born_on)
            orders, photos = changes[WORK_ORDERS], changes[PHOTOS]
            self.due.orders.append(orders.filter(is_reported))
            self.due.photos.append(photos.filter(~pl.col(DELETED)))
            changes |= {WORK_ORDERS: orders.filter(~is_reported), PHOTOS: photos.clear()}
        self.erp.write({name: changes[name] for name in self.erp.tables})
        self.sent.excel += self.drop.write_day(changes[WORK_ORDERS], day)
        self._write_lists()
        self._hand_on()

    def counts(self) -> dict[str, dict[str, int]]:
        """By contract table: `living` and `deleted` rows, as the systems hold them."""
        found = {}
        for records, prefix in ((self.crm, "crm__"), (self.records, "")):
            for name in records.keys:
                deleted = records.table(name)[DELETED]
                gone = int(deleted.sum())
                found[prefix + name] = {"living": len(deleted) - gone, "deleted": gone}
        found[READINGS] = {"living": self.readings, "deleted": 0}
        return found

    @property
    def dirt(self) -> pl.DataFrame:
        """Where the systems are wrong by plan: table, column, kind, key; all readings that were ever sent."""
        return pl.concat([self.days.dirt.filter(pl.col("table") != READINGS), self._soiled_readings])

    def close(self) -> None:
        """Let go of the database."""
        self.erp.close()

    def _begin(self) -> None:
        """The past: the database as it is, the files of the years, the readings until now."""
        self.erp.create()
        self.erp.write({name: self.records.table(name) for name in self.erp.tables})
        for part in ("work", "ref", "iot", "truth"):
            shutil.rmtree(self.plan.folder / part, ignore_errors=True)
        self.sent.excel += self.drop.write_history(self.records.table(WORK_ORDERS))
        self._write_lists()
        readings = self.days.frames(self.today)[READINGS]
        self.drop.write_readings(readings, "readings-history")
        self._note_readings(readings)
        self._keep()

    def _hand_on(self) -> None:
        """Send what is due, in files where nobody listens, and keep the day."""
        readings = self.days.frames(self.today)[READINGS]
        # By receipt: what a device could not send for a day is news all the same when it comes.
        news = readings.filter(self.readings_until < RECEIVED)
        if self.plan.broker is not None:
            devices = self.records.table("iot__devices").select("device_id", "site_id")
            self.sent.messages += publish(self.plan.broker, messages(news, dict(devices.iter_rows())))
        elif news.height:
            self.drop.write_readings(news, f"readings-{self.today}")
        self.sent.readings += news.select(contract(READINGS).key).n_unique()
        self._note_readings(news)
        if self.plan.phones is not None:
            while self.due.orders:
                self.sent.reports += self.plan.phones.report(self.due.orders[0])
                self.due.orders.pop(0)
            while self.due.photos:
                self.sent.photos += self.plan.phones.show(self.due.photos[0])
                self.due.photos.pop(0)
        self._keep()

    def _note_readings(self, readings: pl.DataFrame) -> None:
        key = list(contract(READINGS).key)
        self.readings += readings.select(key).n_unique()
        received = readings.select(RECEIVED.max()).item()
        self.readings_until = self.readings_until if received is None else received
        # The generator forgets what was long ago; the lake does not.
        known = self.days.dirt.filter(pl.col("table") == READINGS)
        title = pl.concat_str([pl.col(name).cast(pl.String) for name in key], separator="|")
        news = known.join(readings.select(title.alias("key")), on="key", how="semi")
        self._soiled_readings = pl.concat([self._soiled_readings, news])

    def _write_lists(self) -> None:
        self.drop.write_lists({name: self.records.table(name) for name in OFFICE_FILES})

    def _all_records(self) -> dict[str, Records]:
        return {"crm": self.crm, "company": self.records}

    def _kept(self) -> dict[str, Any] | None:
        folder, draft = self._places()
        if not folder.exists() and (draft / CLOCK_FILE).exists():
            draft.replace(folder)  # killed between the last two steps of `_keep`
        if not folder.exists():
            return None
        kept = json.loads((folder / CLOCK_FILE).read_text())
        ours = {"seed": self.plan.seed, "scale": self.plan.scale}
        theirs = {name: kept[name] for name in ours}
        if ours != theirs:
            raise FolderTakenError(
                f"{self.plan.folder} holds a company with {theirs}, not {ours}: choose another folder"
            )
        self.readings = kept["readings"]
        return kept

    def _keep(self) -> None:
        """Write all records, the clock last: a kill leaves the day before or the new one, whole."""
        folder, draft = self._places()
        shutil.rmtree(draft, ignore_errors=True)
        for name, records in self._all_records().items():
            (draft / name).mkdir(parents=True)
            records.save(draft / name)
        self.dirt.write_parquet(draft / DIRT_FILE)
        clock = {
            "seed": self.plan.seed,
            "scale": self.plan.scale,
            "born_on": self.born_on.isoformat(),
            "today": self.today.isoformat(),
            "readings_until": self.readings_until.isoformat(),
            "readings": self.readings,
        }
        (draft / CLOCK_FILE).write_text(json.dumps(clock))
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
        truth = self.plan.folder / "truth"
        truth.mkdir(exist_ok=True)
        for name, frame in (self.days.truth | {"dirt": self.dirt}).items():
            frame.write_parquet(truth / f"{name}.parquet")

    def _places(self) -> tuple[Path, Path]:
        return self.plan.folder / "records", self.plan.folder / ".records"
