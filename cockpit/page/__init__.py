"""The pages: layout only. In the singular: Streamlit runs a folder `pages` past the entry point."""
