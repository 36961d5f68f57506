"""Official checkpoints as plain name -> tensor tables, and their fit to our modules.

Reads `.safetensors` and PyTorch files (a state dict, Lightning's `state_dict`, MERL's `model_state_dict`).
Pickled code is never run: files that need more than tensors and numbers are refused.
"""
import hashlib
from pathlib import Path

import numpy as np
import torch

NUMPY_SCALARS = [np._core.multiarray.scalar, np.dtype, *(type(np.dtype(t)) for t in ("f4", "f8", "i4", "i8"))]
WRAPPERS = ("module.", "model.", "_orig_mod.")


class ExportError(Exception):
    """What is wrong with the given files: what, got against expected, where."""


def load_checkpoint(path):
    """{name: float tensor} of a checkpoint file, wrapper prefixes that all names share taken off."""
    path = Path(path)
    if not path.is_file():
        raise ExportError(f"{path} is not a file.")
    state = _read(path)
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(state.get(key), dict):
            state = state[key]
            break
    state = {name: value for name, value in state.items() if torch.is_tensor(value)}
    if not state:
        raise ExportError(f"{path} holds no tensors: a state dict or a Lightning checkpoint is expected.")
    return _unwrap(state)


def _read(path):
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file
        return load_file(path)
    try:
        with torch.serialization.safe_globals(NUMPY_SCALARS):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ExportError(f"{path} cannot be read as tensors only: it is damaged, or holds code that would run. "
                          "Where you trust it, save its state dict alone, as .safetensors.") from error


def _unwrap(state):
    """Takes off a prefix that every name has; `model.` alone may be CustomResNet18's own part: kept then."""
    for prefix in WRAPPERS:
        inner = {name.removeprefix(prefix): value for name, value in state.items()}
        if all(name.startswith(prefix) for name in state) and "conv1.weight" not in inner:
            return _unwrap(inner)
    return state


def part(state, prefix):
    """The entries below `prefix`, without it."""
    return {name[len(prefix):]: value for name, value in state.items() if name.startswith(prefix)}


def prefix_of(state, ending):
    """What stands before `ending` in the one name that ends so; None where there is none."""
    found = [name[:-len(ending)] for name in state if name.endswith(ending)]
    if len(found) > 1:
        raise ExportError(f"{len(found)} entries end with {ending} ({found[0]}...): 1 is expected.")
    return found[0] if found else None


def count_blocks(state, pattern):
    """How many consecutive blocks exist: `pattern` holds {} for the number, e.g. `layer1.{}.conv1.weight`."""
    number = 0
    while pattern.format(number) in state:
        number += 1
    return number


def fit(module, state, where):
    """Loads `state` into `module`, in eval mode; entries the module lacks are left aside.

    ExportError names each entry that is missing or has another shape.
    """
    wanted = module.state_dict()
    problems = [f"{name} is missing" if name not in state else
                f"{name} has shape {tuple(state[name].shape)}, expected {tuple(value.shape)}"
                for name, value in wanted.items()
                if name not in state or state[name].shape != value.shape]
    if problems:
        raise ExportError(f"{where}: {'; '.join(problems[:4])}" + (f"; and {len(problems) - 4} more"
                                                                   if len(problems) > 4 else "") + ".")
    module.load_state_dict({name: state[name].to(value.dtype) for name, value in wanted.items()})
    return module.eval()


def sha256_of(path):
    """SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
