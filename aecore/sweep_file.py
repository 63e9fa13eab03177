"""A sweep in one file: a ZIP of ``sweep.json`` and a checkpoint for each run that has ended.

``sweep.json`` says what was swept and how each run stands, with its metrics for who reads it;
this program reads the metrics from the checkpoints' own cards. Nothing is unpacked to disk and
nothing unpickled; sizes are checked before anything is read.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
import zlib
from typing import Any

from aecore import checkpoint
from aecore.config import DATASETS
from aecore.messages import CheckpointError, LabError, Sentence
from aecore.sweep import LOSS, MAX_BYTES, MAX_RUNS, Job, Result, Sweep, status

FORMAT = "autoencoder-lab-sweep/1"
INDEX = "sweep.json"
MAX_INDEX = 2**20
# Models, their cards and the index.
MAX_CONTENT = MAX_BYTES + 16 * 2**20
MAX_REASON = 400


def to_bytes(sweep: Sweep, results: dict[int, Result]) -> bytes:
    """The file's content."""
    index = {"format": FORMAT, "sweep": sweep.to_json(), "runs": []}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for job in sweep.jobs:
            result = results.get(job.number)
            index["runs"].append(_described(job, result))
            if result and result.checkpoint:
                archive.writestr(file_of(job), result.checkpoint)
        archive.writestr(INDEX, json.dumps(index, indent=1))
    return buffer.getvalue()


def from_bytes(content: bytes) -> tuple[Sweep, dict[int, Result]]:
    """The sweep in a file and its results by number.

    Raises CheckpointError for a file that is damaged, too large, or not what it says.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(archive)
            sweep, runs = _read_index(archive)
            results = {}
            for job, run in zip(sweep.jobs, runs, strict=True):
                if run["status"] == "finished":
                    results[job.number] = _read_result(archive, job)
                elif run["status"] == "failed":
                    results[job.number] = Result(reason=_reason(run["reason"]))
            return sweep, results
    except LabError as error:
        raise CheckpointError(
            "This file is no sweep of this lab: {reason}", reason=error.sentence
        ) from error
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError,
        ValueError, KeyError, TypeError, struct.error,
    ) as error:  # fmt: skip
        raise CheckpointError("This file is no sweep of this lab, or it is damaged.") from error


def file_of(job: Job) -> str:
    """The name of a run's checkpoint within the file."""
    return f"run-{job.number:02d}.safetensors"


def _described(job: Job, result: Result | None) -> dict[str, Any]:
    described = {"number": job.number, "status": status(result), "config": job.config.to_json()}
    if result and result.reason:
        described["reason"] = str(result.reason)
    elif result:
        described |= {"file": file_of(job), "metrics": result.measures}
    return described


def _check_sizes(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    kinds = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(entry.compress_type not in kinds for entry in entries):
        raise CheckpointError("It is compressed in an unusual way.")
    if len(entries) > MAX_RUNS + 1 or sum(entry.file_size for entry in entries) > MAX_CONTENT:
        raise CheckpointError("It holds more than a sweep can.")


def _read_index(archive: zipfile.ZipFile) -> tuple[Sweep, list[dict[str, Any]]]:
    if archive.getinfo(INDEX).file_size > MAX_INDEX:
        raise CheckpointError("It holds more than a sweep can.")
    try:
        index = json.loads(archive.read(INDEX))
    except RecursionError as error:
        raise ValueError(INDEX) from error
    if index["format"] != FORMAT:
        raise CheckpointError("This file is of another format than “{format}”.", format=FORMAT)
    return Sweep.from_json(index["sweep"]), index["runs"]


def _read_result(archive: zipfile.ZipFile, job: Job) -> Result:
    content = archive.read(file_of(job))
    _model, card = checkpoint.load(content)
    # “auto” becomes the precision that the machine had.
    found = {**card.config.to_json(), "precision": job.config.precision}
    if found != job.config.to_json() or card.dataset not in DATASETS:
        raise CheckpointError("“{file}” is not the model of its place.", file=file_of(job))
    numbers = [card.seconds, card.epochs, card.metrics.get(LOSS, math.nan)]
    numbers += [card.metrics[name] for name in checkpoint.METRICS]
    if not all(n is None or (isinstance(n, (int, float)) and math.isfinite(n)) for n in numbers):
        raise CheckpointError("The metrics of “{file}” are not finite numbers.", file=file_of(job))
    return Result(content)


def _reason(text: Any) -> Sentence:
    """What the file gives as the reason, as a plain line of text."""
    if not isinstance(text, str) or not text.strip():
        raise TypeError("reason")
    line = " ".join(text[:MAX_REASON].split())
    return Sentence(line)
