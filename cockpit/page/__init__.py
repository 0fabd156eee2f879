"""The pages: layout only. Named in the singular because Streamlit runs a folder `pages` past the entry point."""
