"""The cockpit: pages → components → services → repositories (SQL only there), in Streamlit.

Pages hold layout, components draw, services make figures and findings from frames without Streamlit, and
repositories read the published file and the action store, cached by publication.
"""
