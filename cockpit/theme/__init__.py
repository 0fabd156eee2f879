"""How the cockpit looks: one file of tokens, from which CSS, Streamlit and Plotly take their values."""
