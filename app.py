"""The autoencoder laboratory: ``streamlit run app.py``.

Streamlit imports this file once for the server (``app``) and runs it as a script for each
interaction (``main``), which only says what is on every page and which pages there are.
"""

import streamlit as st

from pages.ui import link, server, shell


def main() -> None:
    """One interaction: settle the language, choose the page, draw the frame, run the page."""
    shell.start()
    page = st.navigation(shell.pages(), expanded=True)
    shell.sidebar()
    with link.running():
        page.run()


if __name__ == "__main__":
    main()
else:
    app = st.App(
        __file__, lifespan=server.lifespan, routes=server.ROUTES, middleware=server.MIDDLEWARE
    )
