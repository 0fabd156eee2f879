"""Data contracts: what each raw table promises, read from ``*.odcs.yaml`` (Open Data Contract Standard v3.1).

The YAML files are the source of truth; the door, the dbt sources, the data dictionary and the
lake's tables are derived from the objects that this package returns.
"""

from lake.contracts.catalog import contract, load_contracts, source_contracts
from lake.contracts.model import Column, Contract, Reference, Rule
from lake.contracts.reading import ContractError

__all__ = [
    "Column",
    "Contract",
    "ContractError",
    "Reference",
    "Rule",
    "contract",
    "load_contracts",
    "source_contracts",
]
