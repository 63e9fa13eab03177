"""What the app needs of the server beside Streamlit: who is who, a run's progress, a clean end.

The live monitor polls ``/lab/runs/…`` rather than having Streamlit rerun a page on a timer:
a timed rerun can drop another fragment's update, and redraws what has not changed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import secrets
import sys
import threading
import time
import zlib
from collections.abc import AsyncIterator
from functools import lru_cache
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from aecore.photo import MEBIBYTES, too_large
from aecore.runs import Run, Status, registry
from pages.ui.i18n import LANGUAGES, say

if TYPE_CHECKING:
    from aecore.points.playground import Playgrounds

OWNER = "autoencoder_lab_owner"
ABSENT_SECONDS = 600
CHECK_SECONDS = 30
WARM_UP_SECONDS = 4

_machine: dict[str, str] = {}
_one_photo = asyncio.Lock()
_last_page = time.monotonic()


def owner() -> str:
    """Who this browser is, for the runs it starts: its cookie, or a name for the session."""
    global _last_page
    _last_page = time.monotonic()
    if "owner" not in st.session_state:
        st.session_state["owner"] = st.context.cookies.get(OWNER) or secrets.token_urlsafe(16)
    name = st.session_state["owner"]
    registry().touch(name)
    return name


class OwnerCookie:
    """Gives each browser a random name on its first request, which scripts in it can't read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or _name(Request(scope)):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _new_cookie())
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _new_cookie() -> str:
    cookie = SimpleCookie({OWNER: secrets.token_urlsafe(16)})
    cookie[OWNER].update({"path": "/", "httponly": True, "samesite": "Lax"})
    return cookie[OWNER].OutputString()


def _name(request: Request) -> str | None:
    return request.cookies.get(OWNER)


def _run(request: Request) -> Run | None:
    run = registry().get(request.path_params["run"])
    if run:
        registry().touch(run.owner)
    return run


async def progress(request: Request) -> Response:
    """Where a run stands, and the rows of its curves from ``train`` and ``test`` on."""
    run = _run(request)
    if run is None:
        return JSONResponse({"status": "gone"}, status_code=404)
    start = {name: _index(request, name) for name in ("train", "test")}
    language = _language(request)
    return JSONResponse(
        {
            "status": run.status,
            "waiting": registry().position(run),
            "epoch": run.epoch,
            "epochs": run.epochs_planned,
            "seconds": run.seconds,
            "secondsLeft": run.seconds_left,
            "terms": run.term_names,
            "train": run.train_curve[start["train"] :],
            "test": run.test_curve[start["test"] :],
            "snapshots": len(run.snapshots),
            "headline": run.metrics.headline if run.metrics else None,
            "updates": run.trainer.step if run.trainer else 0,
            "messages": [say(s, language) for s in (run.notice, run.reason) if s],
        }
    )


async def sweep_progress(request: Request) -> Response:
    """How far a sweep has come, and which of its runs is under way."""
    sweep = registry().sweep(request.path_params["sweep"])
    if sweep is None:
        return JSONResponse({"status": "gone", "done": 0}, status_code=404)
    registry().touch(sweep.owner)
    run, missing = sweep.run, sweep.missing
    return JSONResponse(
        {
            "status": sweep.status,
            "done": len(sweep.sweep.jobs) - len(missing),
            "current": missing[0].number if run and missing else None,
            "share": run.epoch / run.epochs_planned if run else 0,
            "queued": run is not None and run.status is Status.QUEUED,
            "waiting": registry().position(run) if run else -1,
            "secondsLeft": sweep.seconds_left,
        }
    )


async def snapshot(request: Request) -> Response:
    """One snapshot; it never changes, so the browser may keep it."""
    run, index = _run(request), request.path_params["index"]
    if run is None or index >= len(run.snapshots):
        return Response(status_code=404)
    return Response(
        run.snapshots[index],
        media_type="application/octet-stream",
        headers={
            "cache-control": "private, max-age=86400, immutable",
            "content-encoding": "deflate",
        },
    )


async def load(request: Request) -> Response:
    """How busy the machine is; asked by every open page, which also says that it is open."""
    if name := _name(request):
        registry().touch(name)
    training, waiting = registry().load()
    return JSONResponse(
        {"training": training, "waiting": waiting, "slots": registry().slots, **_machine}
    )


async def photo(request: Request) -> Response:
    """The token of the digit in a picture that somebody uploads, or why there is none.

    Its bytes come here rather than in the state of a component, which Streamlit keeps and sends
    again with every rerun.
    """
    from aecore.messages import DataError
    from pages.ui.picker import photo_token

    language = _language(request)
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MEBIBYTES * 2**20:
            return JSONResponse({"problem": say(too_large().sentence, language)}, status_code=413)
    try:
        # One at a time: a large picture takes a hundred megabytes while it is decoded.
        async with _one_photo:
            token = await asyncio.to_thread(photo_token, bytes(content))
    except DataError as error:
        return JSONResponse({"problem": say(error.sentence, language)}, status_code=422)
    return JSONResponse({"token": token})


async def decoder(request: Request) -> Response:
    """The pictures of many codes at once, for a decoder that a browser is slow at."""
    from pages.ui.decoding import MOST_BYTES, decode_offered

    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            return Response(status_code=413)
    name = request.path_params["name"]
    pixels = await asyncio.to_thread(decode_offered, name, bytes(content))
    if pixels is None:
        return Response(status_code=404)
    return Response(pixels, media_type="application/octet-stream")


async def pictures(request: Request) -> Response:
    """The test pictures and labels of a dataset, which many views of a page share.

    They never change, so the browser asks once.
    """
    packed = await asyncio.to_thread(_packed_pictures, request.path_params["dataset"])
    if packed is None:
        return Response(status_code=404)
    return Response(
        packed,
        media_type="application/octet-stream",
        headers={"cache-control": "public, max-age=86400", "content-encoding": "deflate"},
    )


@lru_cache(maxsize=4)
def _packed_pictures(name: str) -> bytes | None:
    from safetensors.numpy import save

    from aecore import data
    from aecore.messages import DataError

    try:
        test = data.load(name, download=False).test
    except DataError:
        return None
    images, labels = test.images.cpu().numpy(), test.labels.cpu().numpy().astype("uint8")
    return zlib.compress(save({"images": images, "labels": labels}), 6)


async def playground(request: Request) -> Response:
    """Where a playground stands: of each player its newest frame and the rows of its curves that
    the page has not had; ``a=ID.COUNT`` in the query says which it has."""
    from aecore.points.playground import playgrounds

    one = playgrounds().get(request.path_params["playground"])
    if one is None:
        return JSONResponse({}, status_code=404)
    language, players = _language(request), {}
    for letter, player in one.players.items():
        known, _dot, count = request.query_params.get(letter, "").rpartition(".")
        rows = player.rows[int(count) if known == player.id and count.isdecimal() else 0 :]
        players[letter] = {
            "id": player.id,
            "rows": rows,
            "frame": base64.b64encode(player.frame).decode() if rows else None,
            "reason": say(player.reason, language) if player.reason else None,
        }
    return JSONResponse({"running": one.running, "players": players})


async def steer_playground(request: Request) -> Response:
    """Start, pause, step, reset, or set the speed of a playground."""
    from aecore.points.playground import SPEEDS, playgrounds

    one = playgrounds().get(request.path_params["playground"])
    what, _dash, speed = request.path_params["what"].partition("-")
    if one is not None and what in ("start", "pause", "step", "reset"):
        getattr(playgrounds(), what)(one)
    elif one is not None and what == "speed" and speed in map(str, SPEEDS):
        one.speed = int(speed)
    else:
        return Response(status_code=404)
    return Response(status_code=204)


def _language(request: Request) -> str:
    language = request.query_params.get("lang", "en")
    return language if language in LANGUAGES else "en"


def _index(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    return int(text) if text.isdecimal() else 0


ROUTES = [
    Route("/lab/load", load),
    Route("/lab/photo", photo, methods=["POST"]),
    Route("/lab/decoders/{name}", decoder, methods=["POST"]),
    Route("/lab/pictures/{dataset}", pictures),
    Route("/lab/playgrounds/{playground}", playground),
    Route("/lab/playgrounds/{playground}/{what}", steer_playground, methods=["POST"]),
    Route("/lab/runs/{run}", progress),
    Route("/lab/sweeps/{sweep}", sweep_progress),
    Route("/lab/runs/{run}/snapshots/{index:int}", snapshot),
]
MIDDLEWARE = [Middleware(OwnerCookie)]


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Keep the server tidy while it runs; stop the trainers before it ends.

    Until some session has called ``st.navigation``, Streamlit would take a link to a page for
    one of its older apps with a ``pages`` folder and run that file alone, without ``app.py``.
    """
    PagesManager.uses_pages_directory = False
    housekeeping = asyncio.create_task(_keep_house())
    threading.Thread(target=_warm_up, daemon=True).start()
    try:
        yield
    finally:
        housekeeping.cancel()
        await asyncio.to_thread(registry().close)
        if there_are := _playgrounds():
            await asyncio.to_thread(there_are.close)


async def _keep_house() -> None:
    """Free the runs of people who left; collect garbage in quiet moments.

    Streamlit's own collection after every rerun is switched off in the configuration: with
    torch imported it blocks each interaction for a tenth of a second.
    """
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        registry().forget_absent(ABSENT_SECONDS)
        if there_are := _playgrounds():
            there_are.forget_absent()
        if time.monotonic() - _last_page > CHECK_SECONDS / 2:
            gc.collect()


def _playgrounds() -> Playgrounds | None:
    """Those of this process, once somebody has opened the page that imports them."""
    module = sys.modules.get("aecore.points.playground")
    return module.playgrounds() if module else None


def _warm_up() -> None:
    """Import what the second page needs once the first one stands, and look at the machine.

    MNIST is fetched now if it is missing, so that it is there when somebody trains.
    """
    time.sleep(WARM_UP_SECONDS)
    import plotly.graph_objects  # noqa: F401
    import torch

    import aecore.training  # noqa: F401
    from aecore import data, device, pca

    # The first optimiser of a process imports a good deal of torch.
    torch.optim.Adam([torch.zeros(1)])
    best = device.best_device()
    precision = device.resolve_precision("auto", best)
    dataset = data.load_or_embedded("mnist", download=True)
    _machine.update(
        device=device.describe(best, registry().threads), precision=precision, dataset=dataset.name
    )
    pca.fit(dataset.train)
