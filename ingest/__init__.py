"""From a company's files to checked rows in the lake: mapping file, connectors, the door, quarantine.

No Dagster, no Streamlit, no business figures. `ingest.company` reads what a company says about its files,
`ingest.door` loads one contract table in one transaction.
"""
