"""Which of a browser's data sets is in use: in the link, but only for the browser that brought it."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.data_set import read_about
from cnn_core.folders.intake import DataStore, allowed_folders, allowed_path
from pages.ui.workplace import data_store, owner


@dataclass(frozen=True)
class DataInUse:
    """The data set that a page works on.

    Attributes:
        link: the name of its id in the link.
        kind: as in `data_store`.
        key: session key that holds the id when another page has emptied the link.
    """

    link: str
    kind: str
    key: str

    @property
    def store(self) -> DataStore:
        """Of all data sets of the kind."""
        return data_store(self.kind)

    def own(self) -> list[str]:
        """Ids of this browser's data sets, the one used longest ago first."""
        return self.store.owned(owner())

    def get(self) -> str | None:
        """The id of the data set in use; None where none is, or it is not this browser's."""
        data_id = str(st.session_state.get(self.key) or st.query_params.get(self.link) or "")
        return data_id if data_id and data_id in self.own() else None

    def keep_in_link(self) -> None:
        """Write the id into the link again, which another page has emptied."""
        data_id = self.get()
        if data_id is not None:
            st.session_state[self.key] = data_id
            if st.query_params.get(self.link) != data_id:
                st.query_params[self.link] = data_id

    def choose(self, data_id: str | None) -> None:
        """Use another data set, or none, from the next run of the page on."""
        st.session_state[self.key] = data_id
        if data_id is None:
            st.query_params.pop(self.link, None)
        else:
            st.query_params[self.link] = data_id

    def delete(self, data_id: str) -> None:
        """Delete a data set of this browser, and use none."""
        if data_id in self.own():
            self.store.remove(data_id)
        self.choose(None)

    def title(self, data_id: str) -> str:
        """What a data set is called.

        Raises:
            InputError: it is gone.
        """
        return read_about(self.store.folder(data_id)).title

    def checked_folder(self, data_id: str) -> Path:
        """The folder of a data set, whose pictures may still be read.

        Raises:
            InputError: it is gone, or the operator no longer allows the folder of its pictures.
        """
        folder = self.store.folder(data_id)
        root = read_about(folder).root
        if root:
            # What the operator allowed may have changed since.
            allowed_path(root, allowed_folders())
        return folder

    def need(self) -> str:
        """The id of the data set in use.

        Raises:
            InputError: none is in use.
        """
        data_id = self.get()
        if data_id is None:
            raise InputError("There are no pictures yet", "Choose some above")
        return data_id
