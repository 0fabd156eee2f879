"""What `streamlit run cockpit/server.py` serves: every page is `app.py`, the document around it ours."""

from pathlib import Path

from streamlit.starlette import App

from cockpit.document import routes

app = App(Path(__file__).with_name("app.py"), routes=routes())
