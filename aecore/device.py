"""Where the numbers are crunched, and how finely."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from contextlib import AbstractContextManager
from functools import cache

import torch

from aecore.messages import ConfigError


@cache
def best_device() -> torch.device:
    """The CUDA card, else Apple's, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def resolve_precision(precision: str, device: torch.device) -> str:
    """``float32`` or ``bfloat16``; ``auto`` takes bfloat16 where it is faster.

    On a processor that takes its matrix unit (AMX): without one, bfloat16 was slower than
    float32 where it was measured. Raises ConfigError where bfloat16 is asked for and fails.
    """
    if precision == "auto":
        fast = device.type == "cuda" or (
            device.type == "cpu" and torch.cpu.get_capabilities().get("amx_bf16", False)
        )
        return "bfloat16" if fast and multiplies_bfloat16(device) else "float32"
    if precision == "bfloat16" and not multiplies_bfloat16(device):
        raise ConfigError("This machine can't multiply in bfloat16: choose float32 or auto.")
    return precision


@cache
def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a layer runs in bfloat16 there.

    On a processor it is tried in a process of its own: some virtual machines announce the
    matrix unit and then stop whoever uses it with an illegal instruction.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu":
        return False
    trial = (
        "import torch; layer = torch.nn.Linear(784, 64)\n"
        "with torch.autocast('cpu', torch.bfloat16): y = layer(torch.ones(128, 784))\n"
        "y.float().sum().backward()"
    )
    outcome = subprocess.run([sys.executable, "-c", trial], capture_output=True, check=False)
    return outcome.returncode == 0


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """A context in which matrix products run in ``precision``; weights stay in float32."""
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext()


def describe(device: torch.device, threads: int) -> str:
    """The device in a word or two, for the page; on a processor with the threads of a run."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type.upper()} × {threads}"
