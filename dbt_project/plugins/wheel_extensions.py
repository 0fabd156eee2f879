"""dbt-duckdb plugin: loads the DuckDB extensions of the lake from their PyPI wheels, offline.

Belongs here: making a connection able to attach the lake. Attaching itself is the profile's business.
"""

import importlib.resources

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

# DuckLake needs the scanner of its catalogue; both are loaded so that only settings decide which one is used.
EXTENSIONS = ("sqlite_scanner", "postgres_scanner", "ducklake")


class Plugin(BasePlugin):
    """Loads each extension file by its path, so no extension folder is written and none has to be."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Load `EXTENSIONS` into `conn`; a missing wheel of DuckDB's own version is an error saying which."""
        for name in EXTENSIONS:
            file = importlib.resources.files(f"duckdb_extension_{name}").joinpath(
                "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension"
            )
            if not file.is_file():
                raise FileNotFoundError(
                    f"{file}: no extension «{name}» for DuckDB {duckdb.__version__}; "
                    f"install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
                )
            conn.execute(f"load '{file}'")
