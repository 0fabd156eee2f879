"""Where things are and how they are reached; the only place that turns environment and file into paths."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SETTINGS_FILE = "gantry.toml"

#: Our fits are many and small. Threads of one fit wait for each other in a loop: beside any other work, a
#: night's readers for one, they then wait for the processor most of the time.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
QUIET = {
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}


@dataclass(frozen=True)
class LakePaths:
    """The parts of one lake folder; two lakes share nothing."""

    root: Path

    @property
    def catalog(self) -> Path:
        """DuckLake's SQLite catalogue (unused with a PostgreSQL one)."""
        return self.root / "catalog.sqlite"

    @property
    def files(self) -> Path:
        """The Parquet files of the lake."""
        return self.root / "files"

    @property
    def landing(self) -> Path:
        """What connectors extracted and the door has yet to read."""
        return self.root / "landing"

    @property
    def intake(self) -> Path:
        """The spool of the intake service."""
        return self.root / "intake"

    @property
    def build(self) -> Path:
        """Private build files; no reader opens them."""
        return self.root / "build"

    @property
    def reports(self) -> Path:
        """Reports for management as they were given out."""
        return self.root / "reports"

    @property
    def models(self) -> Path:
        """Trained models with their records; a lost one is trained again."""
        return self.root / "models"

    @property
    def published(self) -> Path:
        """Publications and the pointer to the newest."""
        return self.root / "published"

    @property
    def docs(self) -> Path:
        """The documentation of models, columns and lineage as one page, once it has been written."""
        return self.root / "docs" / "index.html"

    @property
    def actions(self) -> Path:
        """The embedded action store."""
        return self.root / "actions.sqlite"

    @property
    def attachments(self) -> Path:
        """Photos and documents."""
        return self.root / "attachments"

    @property
    def dagster(self) -> Path:
        """Dagster's instance: runs, events, schedules of this lake."""
        return self.root / "dagster"

    @property
    def identity(self) -> Path:
        """The lake's own id, from which its key file takes its name."""
        return self.root / "lake.json"

    @property
    def writer_lock(self) -> Path:
        """The lock that serialises all writers of this lake."""
        return self.root / ".writer.lock"


class Settings(BaseSettings):
    """Settings of one company on one lake.

    Sources, strongest first: arguments (the command line), environment (`GANTRY_…`), the file
    `gantry.toml` in the working folder, defaults. Secrets come from the environment or a key file only.
    """

    model_config = SettingsConfigDict(
        env_prefix="GANTRY_", toml_file=SETTINGS_FILE, env_ignore_empty=True, extra="forbid"
    )

    company: Path = Field(
        PROJECT_ROOT / "data" / "companies" / "example", description="Folder with company.yml."
    )
    data: Path | None = Field(None, description="What ${DATA} stands for in company.yml.")
    lake: Path = Field(PROJECT_ROOT / "data" / "lake", description="The lake's folder.")
    catalog: str = Field(
        "", description="libpq connection text of a PostgreSQL catalogue; empty: SQLite in the lake."
    )
    data_path: str | None = Field(None, description="Where Parquet files lie when not in the lake's folder.")
    actions_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the action store; unset: SQLite."
    )
    key: SecretStr | None = Field(
        None, description="AES-256 key, base64; unset: a key file outside the lake."
    )
    key_file: Path | None = Field(
        None, description="The key file; unset: one per lake in the user's configuration."
    )
    threads: int = Field(2, ge=1, description="Threads of each DuckDB connection.")
    memory_limit: str | None = Field(
        None, description="DuckDB's memory limit, e.g. 8GB; unset: DuckDB's default."
    )
    language: Literal["zh", "en"] | None = Field(
        None, description="Language of messages; unset: the locale's."
    )
    user: str | None = Field(None, description="Name that write-backs of this session carry.")
    cockpit_port: int = Field(8501, ge=1, le=65535, description="Port of the cockpit.")
    dagster_port: int = Field(3000, ge=1, le=65535, description="Port of the Dagster UI.")

    sandbox_url: str | None = Field(
        None, description="Control address of a running make-believe company; the cockpit then moves it on."
    )

    intake_broker: str = Field("localhost:1883", description="MQTT broker as host:port.")
    intake_embedded_broker: bool = Field(
        False, description="Whether the service brings its own broker, on this machine only."
    )
    intake_protocol: Literal["5", "3.1.1"] = Field("5", description="MQTT version.")
    intake_topics: str = Field(
        "site/{site_id}/device/{device_id}/{metric_code}",
        description="Topic templates, comma-separated.",
    )
    intake_sparkplug: bool = Field(False, description="Whether Sparkplug B messages are taken in too.")
    intake_group: str | None = Field(None, description="Shared subscription that several instances split.")
    intake_client_id: str | None = Field(
        None, description="Name of the session at the broker; unset: one for this machine and lake."
    )
    intake_tls: bool = Field(False, description="Whether the broker is reached over TLS.")
    intake_ca_file: Path | None = Field(None, description="Certificates to trust; unset: the system's.")
    intake_username: str | None = Field(None, description="User name at the broker.")
    intake_password: SecretStr | None = Field(None, description="Password at the broker.")
    intake_receive_maximum: int = Field(
        2000, ge=4, le=65535, description="Messages the broker sends ahead of their acknowledgement."
    )
    intake_session_seconds: int = Field(
        604_800, ge=0, description="How long the broker keeps our session while we are away."
    )
    intake_flush_seconds: float = Field(0.5, gt=0, description="Longest wait before messages are synced.")
    intake_batch_seconds: float = Field(10, gt=0, description="Longest time before a batch is closed.")
    intake_batch_bytes: int = Field(32 << 20, ge=1, description="Size at which a batch is closed.")
    intake_payload_limit: int = Field(1_000_000, ge=1, description="Largest payload that is kept, in bytes.")
    intake_future_hours: float = Field(
        1, ge=0, description="How far ahead of its receipt a reading may be; 0: any time."
    )
    intake_late_hours: float = Field(
        43_800, ge=0, description="How late a reading may be received; 0: any time."
    )
    intake_health_host: str = Field("127.0.0.1", description="Address of the health page.")
    intake_health_port: int = Field(8502, ge=0, le=65535, description="Port of the health page; 0: any.")
    intake_http_host: str = Field("127.0.0.1", description="Address that takes photos and work orders.")
    intake_http_port: int = Field(
        8503, ge=0, le=65535, description="Port that takes photos and work orders; 0: any."
    )
    intake_tokens: SecretStr | None = Field(
        None, description="Who may send by HTTP: name:token pairs, comma-separated; unset: nobody."
    )
    intake_photo_limit: int = Field(20_000_000, ge=1, description="Largest photo that is taken, in bytes.")

    @property
    def paths(self) -> LakePaths:
        """The parts of the lake folder, absolute."""
        return LakePaths(self.lake.expanduser().resolve())

    @property
    def has_postgres_catalog(self) -> bool:
        """Whether the catalogue is PostgreSQL rather than the embedded SQLite file."""
        return bool(self.catalog)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments beat environment, environment beats the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**overrides: Any) -> Settings:
    """Settings with the given overrides; an override that is None counts as not given."""
    return Settings(**{name: value for name, value in overrides.items() if value is not None})


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment that makes a child process see the same settings, quiet ones included.

    Secrets are handed on only where they already stand in this process' environment.
    """
    environment = {**ONE_THREAD, **os.environ, **QUIET}
    public = settings.model_dump(
        exclude={"key", "actions_url", "catalog", "intake_password", "intake_tokens"}, exclude_none=True
    )
    for name, value in public.items():
        is_path = isinstance(value, Path)
        environment[f"GANTRY_{name.upper()}"] = str(value.expanduser().resolve() if is_path else value)
    if settings.catalog:
        environment["GANTRY_CATALOG"] = settings.catalog
    return environment


def quiet_environment() -> None:
    """Turn off the telemetry of every library we run, for this process and its children.

    And let a fit have one thread, unless the environment says otherwise.
    """
    os.environ.update(QUIET)
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
