"""What the figures say: pure functions from frames to tiles, findings and rows. No Streamlit, no SQL."""
