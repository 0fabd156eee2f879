"""How the cockpit looks: one file of tokens, from which CSS, Streamlit's theme and Plotly take their values."""
