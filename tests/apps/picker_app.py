"""Two pickers side by side, one more in a fragment, and what each of them gave."""

import streamlit as st

from aecore import data
from pages.ui import server
from pages.ui.picker import pick_digit


def tell(digit, key):
    st.session_state[f"runs-{key}"] = st.session_state.get(f"runs-{key}", 0) + 1
    st.text(
        f"{key} {digit.token[:9]} {digit.label} ink {int(digit.pixels.sum())} "
        f"runs {st.session_state[f'runs-{key}']}"
    )


@st.fragment
def in_fragment(dataset):
    tell(pick_digit("c", dataset, label="In a fragment", default=2), "c")


def main():
    st.title("Pickers")
    dataset = data.load_or_embedded("mnist", download=False)
    for column, key, name in zip(st.columns(2), "ab", ("From", "To"), strict=True):
        with column:
            tell(pick_digit(key, dataset, label=name), key)
    in_fragment(dataset)


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, lifespan=server.lifespan, routes=server.ROUTES)
