"""Every word on the screen is in the French catalogue, and the catalogue is in order."""

import ast
import gettext
import html
import io
import json
import re
import time
from pathlib import Path

import pytest
import streamlit as st
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from aecore import checkpoint, library, runs
from aecore.config import ModelConfig, NoiseConfig, TrainConfig
from aecore.explore import failures
from aecore.explore.failures import FAILURES
from aecore.messages import CheckpointError, Sentence
from aecore.sweep import Axis, Result, Sweep
from aecore.sweep_run import SweepRun
from pages.ui import i18n

ROOT = Path(__file__).resolve().parent.parent
SHOWN = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
SOURCES = [*SHOWN, *sorted((ROOT / "aecore").rglob("*.py"))]
ERRORS = ("Sentence", "LabError", "ConfigError", "DataError", "CheckpointError", "RunError")
KEYWORDS = DEFAULT_KEYWORDS | dict.fromkeys(ERRORS)
CATALOGUE = ROOT / "pages" / "locale" / "fr" / "LC_MESSAGES" / "messages.po"
NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
FORMULA = re.compile(r"\$[^$]+\$")

# What is written alike in both languages.
ALIKE = {
    "MNIST", "Fashion-MNIST", "KMNIST", "mnist", "GELU", "ReLU", "tanh", "float32", "bfloat16",
    "σ", "p", "px", "a", "b", "c", "g", "x", "English", "Français", "d", "D", "s", "min", "β", "z",
    "KL", "MSE", "Cycle-GAN", "DiscoGAN", "DCGAN", "ACGAN", "Δ", "LSGAN", "WGAN",
    "WGAN-GP", "SN-GAN", "BEGAN",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_data(tmp_path, monkeypatch):
    """An empty data folder: nothing is fetched, and the notices of its absence show."""
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture
def speak(monkeypatch):
    return lambda language: monkeypatch.setattr(i18n, "language", lambda: language)


def extracted():
    found = set()
    for file in SOURCES:
        source = io.BytesIO(file.read_bytes())
        found |= {message for _line, message, *_rest in extract("python", source, KEYWORDS)}
    return found


def catalogue():
    with CATALOGUE.open("rb") as stream:
        return read_po(stream, locale="fr")


def translations():
    return {m.id: m.string for m in catalogue() if m.id}


# The catalogue.


def test_the_catalogue_has_every_message_and_no_other():
    kept, known = set(translations()), extracted()
    missing, superfluous = sorted(known - kept), sorted(kept - known)
    assert not missing, "not in the catalogue: run pybabel update and translate them"
    assert not superfluous, "no longer in the sources: run pybabel update"
    assert not catalogue().obsolete


def test_every_message_is_translated():
    unfinished = [m.id for m in catalogue() if m.id and (m.fuzzy or not m.string)]
    assert not unfinished


def test_every_marked_text_can_be_extracted():
    # pybabel does not look into f-strings before Python 3.12, and can't evaluate a variable.
    known, lost = extracted(), []
    for file in SOURCES:
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args):
                continue
            if call.func.id not in ("_", *ERRORS):
                continue
            text = call.args[0]
            if isinstance(text, ast.JoinedStr) or (
                isinstance(text, ast.Constant) and text.value not in known
            ):
                lost.append(f"{file.relative_to(ROOT)}:{call.lineno}: {ast.unparse(text)}")
    assert not lost


@pytest.mark.parametrize("pattern", [r"\{\w+(?::[^{}]*)?\}", r"\$[^$]+\$", r"\*\*", r"“|«\s"])
def test_both_sides_have_the_same_placeholders_formulas_and_marks(pattern):
    # A formula has braces of its own.
    strip = (lambda text: text) if "$" in pattern else (lambda text: FORMULA.sub("", text))
    pairs = translations().items()
    differ = []
    for english, french in pairs:
        sides = [sorted(re.findall(pattern, strip(text))) for text in (english, french)]
        if len(sides[0]) != len(sides[1]) or ("“" not in pattern and sides[0] != sides[1]):
            differ.append((english, french))
    assert not differ


def test_both_sides_end_alike():
    def end(text):
        return text[-1] if text[-1] in ".…?!:" else ""

    assert not [(e, f) for e, f in translations().items() if end(e) != end(f)]


def test_french_typography():
    wrong = re.compile(rf" [:;?!%»]|« |[\w)$][;?!»]|\w:(?=\s)|«(?!{WIDE})|[\"“”]|\w'\w")
    assert not [f for f in translations().values() if wrong.search(FORMULA.sub("0", f))]


def test_the_header_names_nobody():
    header = catalogue()
    assert (header.locale.language, header.project) == ("fr", "autoencoder-lab")
    assert not re.search(r"@(?!ADDRESS)|FULL NAME", str(header.mime_headers))


# What stands in the code.

# Arguments that Streamlit does not show, and calls that show none of theirs.
TECHNICAL = {
    "key", "icon", "type", "width", "gap", "vertical_alignment", "layout", "mime", "bind",
    "persist_state", "format", "on_click", "on_change", "label_visibility", "language",
    "page_icon", "initial_sidebar_state", "file_name", "css", "js", "config", "data",
    "selection_mode",
}  # fmt: skip
SILENT = {
    "st.html", "st.latex", "st.get_option", "st.session_state", "st.query_params", "st.context",
    "st.components", "st.cache_data", "st.cache_resource",
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]{2,}")
PHRASE = re.compile(r"[^\W\d_]{2,}[,:;.]? [^\W\d_]{2,}|\b[A-Z][a-z]{2,}")
FILE = re.compile(r"[\w/]*\.py")
# Said to browsers, not to people.
PROTOCOL = {"Lax", "private, max-age=86400, immutable"}


def unmarked(tree):
    """(line, text) of each text to be shown that does not go through ``_``.

    Those are the texts given to ``st``, and anywhere else those that look like a phrase.
    """
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and isinstance(node.body[0], ast.Expr)
    }

    def visit(node, shown):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in ("_", *ERRORS) or any(name.startswith(silent) for silent in SILENT):
                return
            if name.startswith("st."):
                shown = True
            for argument in node.args:
                yield from visit(argument, shown)
            for keyword in node.keywords:
                if keyword.arg not in TECHNICAL:
                    yield from visit(keyword.value, shown)
            yield from visit(node.func, False)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            pattern = WORD if shown else PHRASE
            technical = FILE.fullmatch(text) or re.search(r"[<>{\\=]", text)
            if pattern.search(text) and id(node) not in documentation and not technical:
                yield node.lineno, text
        elif isinstance(node, ast.Subscript | ast.Compare):
            for child in ast.iter_child_nodes(node):
                yield from visit(child, False)
        elif isinstance(node, ast.Lambda):
            yield from visit(node.body, False)
        else:
            for child in ast.iter_child_nodes(node):
                yield from visit(child, shown)

    for line, text in visit(tree, False):
        if not {word for word in re.findall(r"[\w-]+", text) if WORD.search(word)} <= ALIKE:
            yield line, text


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("st.button('Train')", 1),
        ("st.button(_('Train'), key='train')", 0),
        ("st.button(f'{n} epochs')", 1),
        ("st.button(_('Train'), help='once more')", 1),
        ("st.selectbox(_('Name'), [1], format_func=lambda i: names['one'])", 0),
        ("label = 'Two words'", 1),
        ("kind = 'salt-pepper'", 0),
        ("names = {'gelu': 'GELU'}", 0),
        ("st.latex(r'\\min x')", 0),
        ("st.Page('pages/home.py', title='Home')", 1),
    ],
)
def test_the_search_for_unmarked_text(code, count):
    assert len(list(unmarked(ast.parse(code)))) == count


def test_no_text_in_the_pages_is_left_out_of_the_catalogue():
    left_out = [
        f"{file.relative_to(ROOT)}:{line}: {text!r}"
        for file in SHOWN
        for line, text in unmarked(ast.parse(file.read_text("utf-8")))
        if text not in PROTOCOL
    ]
    assert not left_out


# What is on the screen, in a language that only marks what was translated.

# Fields of Streamlit's messages that are not shown, or (the last line) not the app's words.
HIDDEN = {
    "id", "tag", "icon", "page", "page_script_hash", "type", "format", "component_name", "theme",
    "js_content", "css_content", "html_content", "deferred_file_id", "query_param_key", "config",
    "form_id", "url", "language", "query_string",
    "code_text",
}  # fmt: skip
# What a component is told beside its texts.
SETTINGS = {
    "base", "run", "status", "lang", "palette", "name", "model", "key", "dataset", "token",
    "pixels", "colour", "view", "symbol", "language", "middle", "columns",
}  # fmt: skip


class Marked(gettext.NullTranslations):
    """Puts ⟦ ⟧ around what it translates, but for the values that are filled in."""

    def gettext(self, message):
        if "\\" not in message:
            message = re.sub(r"\{\w+(?::[^{}]*)?\}", r"⟧\g<0>⟦", message)
        return f"⟦{message}⟧"


@pytest.fixture
def marked(monkeypatch):
    monkeypatch.setattr(i18n, "catalogue", lambda language: Marked())
    # What was made for the browser in French, here or by tests before, holds other words.
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def registry(monkeypatch):
    made = runs.Registry(slots=1)
    monkeypatch.setattr(runs, "_registry", made)
    yield made
    made.close()


def visit(page="home", *, model=None, **session):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["lang"] = "fr"
    if model:
        app.query_params["model"] = model
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    if page != "home":
        app.switch_page(f"pages/{page}.py").run()
    return app


def strings(message):
    """(field, text) of all that a protobuf message holds; bytes too."""
    for field, value in message.ListFields():
        many = not isinstance(value, str | bytes | Message) and hasattr(value, "__iter__")
        for one in value if many else [value]:
            if isinstance(one, Message):
                yield from strings(one)
            elif isinstance(one, str | bytes):
                yield field.name, one


def leaves(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in SETTINGS:
                yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value


def texts(element):
    """The visible texts of an element, a container or a component."""
    if element.type in ("latex", "json"):
        return
    if element.type == "plotly_chart":
        figure = json.loads(element.proto.spec)
        yield from (figure["layout"][axis]["title"]["text"] for axis in ("xaxis", "yaxis"))
        for trace in figure["data"]:
            yield trace.get("name", "")
            yield from (text for text in trace.get("text", []) if isinstance(text, str))
        return
    for field, text in strings(element.proto):
        if field in HIDDEN:
            continue
        if element.type == "bidi_component":
            if field == "json":
                yield from leaves(json.loads(text))
            elif field == "bytes":
                header = json.loads(text[8 : 8 + int.from_bytes(text[:8], "little")])
                told = header["__metadata__"]
                for part in {"labels", "words", "told"} & set(told):
                    yield from leaves(json.loads(told[part]))
        elif element.type == "html":
            yield from re.findall(r'(?:alt=|content: ?)"([^"]*)"', text)
            yield html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))
        elif isinstance(text, str):
            yield text


def unmarked_words(text):
    """The words of a text outside ⟦ ⟧ that are not the same in both languages."""
    # Pretrained models; paths, names of tensors and layers, units of a code and angles by number,
    # marks of Markdown, powers of ten.
    listed = [name for kind in library.MANIFESTS for name in library.manifest(kind)]
    pretrained = map(re.escape, sorted(listed, key=len, reverse=True))
    names = (
        *pretrained,
        r"\S*/[\w./-]*", r"(?:encoder|decoder)(?:\.\w+)+", r"\bz\d+|θ\w+", r":[\w-]+(?=\[)",
        r"\d[.,]\d+E\d+",
    )  # fmt: skip
    asked = r"(?<=⟦The link asks for ⟧)\w+"
    for known in (asked, r"⟦[^⟦⟧]*⟧", FORMULA.pattern, r"\{\w+\}", *names):
        text = re.sub(known, " ", text)
    words = re.findall(r"[^\W\d_][\w-]*", text)
    return [word for word in words if word not in ALIKE]


def assert_all_marked(app):
    assert not app.exception
    elements = [node for node in app if getattr(node, "proto", None) is not None]
    assert app.button_group(key="language_choice"), "the frame of the page is missing"
    assert any("⟦" in text for element in elements for text in texts(element))
    left = [
        (element.type, unmarked_words(text), text)
        for element in elements
        for text in texts(element)
        if unmarked_words(text)
    ]
    assert not left, "shown, but not through the catalogue"


@pytest.mark.parametrize("page", ["home", "train", "compare", "models", "sweep", "latent", "walk"])
def test_every_text_of_a_page_is_translated(page, marked, registry):
    assert_all_marked(visit(page))


@pytest.mark.parametrize(
    ("page", "chosen"),
    [
        ("latent", {"model": "linear-d16", "beside": "vae-mlp-d2"}),
        ("walk", {"model": "vae-mlp-d2", "a_is": "mean"}),
        ("pca", {"part": "variance"}),
        ("pca", {"part": "components"}),
        ("pca", {"part": "angles"}),
        ("pca", {"part": "codes", "probed": True}),
        ("weights", {"show": "units", "kind": "first", "sort": "norm", "model": "mlp-d32"}),
        ("weights", {"show": "units", "kind": "rows", "scale": "each", "model": "linear-d8"}),
        ("weights", {"show": "layers", "model": "conv-d32"}),
        ("weights", {"show": "code", "values": "one", "model": "vae-mlp-d2"}),
        ("weights", {"show": "parameters", "model": "linear-d32"}),
        ("weights", {"show": "bytes", "model": "mlp-d32"}),
        ("regularisers", {"view": "activity"}),
        ("regularisers", {"view": "columns"}),
        ("regularisers", {"view": "noise", "regularised": ["mlp-d64"]}),
        ("regularisers", {"view": "jacobian"}),
        ("regularisers", {"view": "labels", "regularised": ["supervised-d16"]}),
        ("quantized", {"codes": "alone"}),
        ("bounds", {"bounded": ["vae-mlp-d2"], "over_digits": True}),
        ("bounds", {"bounded": ["vae-mlp-d20"], "view": "collapse"}),
        ("denoise", {"noise": "gaussian"}),
        ("denoise", {"noise": "low-resolution"}),
        ("judge", {"judges": ["mlp-d2", "vae-mlp-d2"]}),
        ("fewlabels", {"codes": ["mlp-d2"], "draws": 2}),
        ("fewlabels", {"codes": [], "draws": 1, "races": [10], "tuned": "mlp-d2", "steps": 100}),
        *(("museum", {"exhibit": exhibit}) for exhibit in FAILURES),
        ("anomalies", {}),
        ("conditional", {"probed": True}),
        ("conditional", {"styles": "prior"}),
        ("adversarial", {"adversarial": "aae-mlp-d2-gaussian"}),
        ("gan", {"game": "wasserstein"}),
        ("gan", {"game": "boundary-equilibrium", "players": "mlp"}),
        ("ganspace", {"gan": "acgan-d16"}),
        ("adversarial", {"behind": "D", "told": 3}),
        ("mover", {"shift": -8}),
        ("translate", {}),
        ("translate", {"translators": "disco-thickness", "family": "disco"}),
        ("playground", {"fold_playground": True}),
        ("playground", {"a_model": "vae", "b_model": "ae"}),
        ("playground", {"cloud": "drawn", "b_model": "boundary-equilibrium"}),
        ("anomalies", {"detector": "vae-mlp-d2", "score": "elbo", "foreign": "noise"}),
    ],
)
def test_every_text_of_a_part_of_a_page_is_translated(page, chosen, marked, registry):
    assert_all_marked(visit(page, **chosen))


def test_every_text_of_a_link_with_nonsense_is_translated(marked, registry):
    app = visit("pca")
    app.query_params["part"] = "17"
    app.run()
    assert app.warning
    assert_all_marked(app)


@pytest.mark.parametrize(
    "values",
    [
        {"network": "linear", "noise": "random"},
        {"network": "conv", "code": "variational", "noise": "gaussian"},
        {"code": "conditional", "class_rule": "only", "noise": "block"},
        {"code": "adversarial", "latent_dim": 2, "prior": "swiss-roll"},
        {"network": "conv", "code": "quantized"},
        {"network": "conv", "code": "quantized", "book_rule": "gradient"},
        {"class_rule": "only", "class_list": [3]},
        {"network": "mlp", "code": "variational", "likelihood": "laplace", "noise": "masking"},
        {
            "code_activation": "sigmoid",
            "penalties": ["l1", "activity", "decoder-weights", "contraction", "labels"],
        },
        {"code_activation": "k-sparse"},
    ],
)
def test_every_text_of_the_settings_is_translated(values, marked, registry):
    app = visit("train", fold_layers=True, fold_detail=True, fold_bound=True)
    assert app.number_input(key="set_seed").value == 0
    for name, value in values.items():
        app.session_state[f"set_{name}"] = value
        app.run()
    assert_all_marked(app)


def test_every_text_of_the_runs_is_translated(marked, registry):
    small = {"dataset": "digits", "epochs": 1, "batch_size": 512, "precision": "float32"}
    linear = ModelConfig(network="linear", latent_dim=2, hidden=())
    variational = ModelConfig(variational=True, latent_dim=2, hidden=(16,), beta=0.5)
    noise = NoiseConfig("random", 0.3)
    one = registry.submit("somebody", TrainConfig(model=linear, **small))
    two = registry.submit("somebody", TrainConfig(model=variational, noise=noise, **small))
    deadline = time.monotonic() + 60
    while (one.is_live or two.is_live) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert one.status == two.status == runs.Status.FINISHED
    for run in (one, two):
        assert_all_marked(visit("train", owner="somebody", shown_run=run.id))
    for page in ("compare", "models"):
        assert_all_marked(visit(page, owner="somebody"))
    two.status, one.status = runs.Status.PAUSED, runs.Status.FAILED
    assert_all_marked(visit("train", owner="somebody", run_error="⟦a refusal⟧"))


@pytest.mark.parametrize("exhibit", ["holes", "codes", "units", "identity", "rate", "scale"])
def test_every_text_of_an_exhibit_is_translated(exhibit, marked, registry, monkeypatch):
    monkeypatch.setattr(failures, "MORE_EPOCHS", 1)
    run = registry.submit("somebody", FAILURES[exhibit].configs("digits")[0])
    deadline = time.monotonic() + 60
    while run.is_live and time.monotonic() < deadline:
        time.sleep(0.05)
    assert_all_marked(visit("museum", owner="somebody", exhibit=exhibit))


@pytest.mark.parametrize("second", ["beta", "learning_rate"])
def test_every_text_of_a_sweep_is_translated(second, marked, registry):
    small = {"dataset": "digits", "epochs": 1, "batch_size": 512, "precision": "float32"}
    model = ModelConfig(variational=True, hidden=(16,))
    axes = (Axis("latent_dim", (2, 3)), Axis(second, (0.5, 10)))
    held = SweepRun(registry, "somebody", Sweep(TrainConfig(model, **small), axes))
    registry.hold_sweep(held)
    held.start()
    deadline = time.monotonic() + 60
    while held.is_live and time.monotonic() < deadline:
        time.sleep(0.05)
    assert held.status is runs.Status.FINISHED
    held.results[3] = Result(reason=Sentence("This run is no longer there."))
    shown = {"owner": "somebody", "axis": "beta", "set_code": "variational"}
    for view in ("lines", "map"):
        assert_all_marked(visit("sweep", swept_view=view, **shown))
    del held.results[2]
    held.status = runs.Status.PAUSED
    assert_all_marked(visit("sweep", **shown))
    assert_all_marked(visit("models", owner="somebody"))


@pytest.mark.parametrize("values", ["x", "", "1,1"])
def test_every_text_of_a_sweep_that_is_refused_is_translated(values, marked, registry):
    app = visit("sweep", axis_latent_dim=values)
    assert app.error
    app.file_uploader[0].set_value(("s.zip", b"no sweep", "application/zip")).run()
    assert len(app.error) == 2
    assert_all_marked(app)


def test_every_text_of_an_upload_is_translated(marked, registry):
    app = visit("models", model="0")
    assert app.warning
    assert_all_marked(app)
    kind = "application/octet-stream"
    app.file_uploader[0].set_value(("0.safetensors", b"no model", kind)).run()
    assert app.error
    app.error[0].proto.body += "⟦⟧"
    assert_all_marked(app)


def test_the_titles_of_the_pages_are_translated(marked, monkeypatch):
    seen = []
    navigation, configure = st.navigation, st.set_page_config

    def navigate(groups, **options):
        seen.extend(groups)
        seen.extend(page.title for pages in groups.values() for page in pages)
        return navigation(groups, **options)

    def set_page(**options):
        seen.append(options["page_title"])
        configure(**options)

    monkeypatch.setattr(st, "navigation", navigate)
    monkeypatch.setattr(st, "set_page_config", set_page)
    visit()
    assert len(seen) >= 10
    assert not [title for title in seen if unmarked_words(title)]


# The choice of the language, numbers, and sentences within sentences.


@pytest.fixture
def browser(monkeypatch):
    """Gives the browser a language."""
    return lambda locale: monkeypatch.setattr(
        type(st.context), "locale", property(lambda self: locale)
    )


def opened(url=None, session=None):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if url:
        app.query_params["lang"] = url
    if session:
        app.session_state["lang"] = session
    return app.run()


@pytest.mark.parametrize(
    ("url", "session", "locale", "expected"),
    [
        ("en", "fr", "fr-FR", "en"),
        ("fr", "en", "en-GB", "fr"),
        (None, "fr", "en-GB", "fr"),
        ("xx", "fr", "en-GB", "fr"),
        (None, None, "fr-CA", "fr"),
        (None, None, "FR", "fr"),
        (None, None, "ja-JP", "en"),
        (None, None, None, "en"),
        ("xx", None, "fr-FR", "fr"),
        ("xx", None, "ja-JP", "en"),
    ],
)
def test_the_url_chooses_the_language_then_the_session_then_the_browser(
    url, session, locale, expected, browser
):
    browser(locale)
    app = opened(url, session)
    assert not app.exception
    assert app.session_state["lang"] == expected
    assert app.query_params["lang"] in (expected, [expected])
    title = {"en": "What is an autoencoder?", "fr": f"Qu’est-ce qu’un autoencodeur{NARROW}?"}
    assert app.title[0].value == title[expected]


def test_the_switch_in_the_sidebar_changes_the_language(browser):
    browser("en-US")
    app = opened()
    app.button_group(key="language_choice").set_value("fr").run()
    assert not app.exception
    assert app.session_state["lang"] == "fr"
    assert app.title[0].value.startswith("Qu’est-ce")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["1,234.5", "1,235", "0.0123", f"4.1{WIDE}%", "3.4 s"]),
        ("fr", [f"1{NARROW}234,5", f"1{NARROW}235", "0,0123", f"4,1{WIDE}%", "3,4 s"]),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(language, expected, speak):
    speak(language)
    assert [
        i18n.number(1234.5),
        i18n.number(1234.6, 0),
        i18n.significant(0.012345),
        i18n.percent(32 / 784),
        i18n.duration(3.41),
    ] == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "-1.23E30"), ("fr", "-1,23E30")])
def test_a_number_without_measure_is_written_with_a_power_of_ten(language, expected, speak):
    speak(language)
    found = {i18n.number(-1.2345e30), i18n.fixed(-1.2345e30, 2), i18n.significant(-1.2345e30)}
    assert found == {expected}


def test_a_sentence_within_a_sentence_is_translated():
    inner = Sentence("“{name}” is not a known setting.", name="depth")
    outer = Sentence("The card of this file is not valid: {reason}", reason=inner)
    assert i18n.say(outer, "en") == outer
    assert i18n.say(outer, "fr") == (
        f"La fiche de ce fichier n’est pas valide{WIDE}: "
        f"«{WIDE}depth{WIDE}» n’est pas un réglage connu."
    )


def test_the_reason_of_an_error_is_translated_too():
    card = {"format": checkpoint.FORMAT, "config": {"depth": 1}}
    header = json.dumps({"__metadata__": {"card": json.dumps(card)}}).encode()
    with pytest.raises(CheckpointError) as caught:
        checkpoint.read_card(len(header).to_bytes(8, "little") + header)
    assert "réglage" in i18n.say(caught.value.sentence, "fr")


def test_the_session_chooses_the_language_of_a_sentence(speak):
    speak("fr")
    assert i18n.say(Sentence("This run is no longer there.")) == "Cet entraînement n’existe plus."
    assert i18n._("Train") == "Entraîner"
    assert i18n._("not in the catalogue") == "not in the catalogue"
