"""dbt-duckdb plugin: loads the DuckDB extensions of the lake from their PyPI wheels, offline.

Belongs here: making a connection able to attach the lake. Attaching itself is the profile's business.
"""

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from lake.connection import extension_file

# Both catalogues' scanners, so that only settings decide which one is used.
EXTENSIONS = ("sqlite_scanner", "postgres_scanner", "ducklake")


class Plugin(BasePlugin):
    """Loads each extension by its file, so that no extension folder is written and none has to exist."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Load `EXTENSIONS` into `conn`; DuckDB names the file when a wheel is missing."""
        for name in EXTENSIONS:
            conn.load_extension(str(extension_file(name)))
