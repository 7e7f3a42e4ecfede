"""A folder brought to a page under test as the browser's component brings it."""

import io
from collections.abc import Mapping

from streamlit.testing.v1 import AppTest

from pages.ui.folder_landing import LANDINGS


def bring_folder(app: AppTest, key: str, files: Mapping[str, bytes]) -> None:
    """Send files to the folder upload of this key, the newest one where it was emptied, and draw the page again."""
    turn = next(turn for turn in range(9, -1, -1) if f"{key}_folder_{turn}_token" in app.session_state)
    landing = LANDINGS.get(app.session_state[f"{key}_folder_{turn}_token"])
    assert landing is not None
    announced = landing.announce(list(files))
    for number, content in enumerate(files.values()):
        landing.receive(announced, number, io.BytesIO(content))
    app.session_state[f"{key}_folder_{turn}"] = {"ended": True}
    app.run()
