"""The official classes out of the user's clones, without their packages that this check does not need.

A package that is not installed is replaced by a stand-in whose classes refuse to run: were one of them in the
tested path, the check would stop. The few that do run are listed in RUNNING and in the result file.
"""
import contextlib
import dataclasses
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import transformers
from torch import nn

REPLACEABLE = ("cgi", "torchvision", "einops", "ot", "ipdb", "timm", "lightning", "cosine_annealing_warmup",
               "omegaconf", "hydra", "h5py", "apex", "torchmetrics", "fairseq_signals_backbone.tasks")
RUNNING = [
    "einops.rearrange: PyTorch's own copy (functorch.einops)",
    "lightning.LightningModule: a plain nn.Module",
    "omegaconf.II: its text (configuration that inference does not read)",
    "timm's register_model: a registry, left out",
    "tokenizer.batch_encode_plus, gone from transformers 5: the tokenizer's call",
    "dataclasses.dataclass: hashable, which Python 3.11 asks of fairseq's defaults",
]


class Refusing:
    """Stands for a class of a package that is not there: naming it is allowed, using it is not."""

    def __init__(self, *_arguments, **_options):
        raise RuntimeError(f"{type(self).__name__} of a package that is not installed is in the tested path.")


class PlainLightningModule(nn.Module):
    """Lightning's module as far as construction and inference need it."""

    local_rank = 0

    def save_hyperparameters(self, *_names, **_options):
        """Lightning notes the arguments for its checkpoints; the checkpoint here is a plain state dict."""


class StandIn(ModuleType):
    """A module whose every name is a Refusing class, but for those that run."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        working = {"LightningModule": PlainLightningModule, "II": lambda key: key, "MISSING": "???",
                   "register_model": lambda model: model}
        if self.__name__ == "einops" and name == "rearrange":
            from functorch.einops import rearrange
            return rearrange
        return working[name] if name in working else type(name, (Refusing,), {"__module__": self.__name__})


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a stand-in for each of REPLACEABLE that nothing else on the path provides."""

    def find_spec(self, name, _path=None, _target=None):
        top = name.split(".")[0]
        if top not in REPLACEABLE and name not in REPLACEABLE:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        """A stand-in has no code."""


def prepare():
    """Lets the official code be imported; real packages go before stand-ins, transformers sees none."""
    for name in ("AutoModel", "AutoModelForCausalLM", "AutoTokenizer", "BertLMHeadModel", "BertModel"):
        getattr(transformers, name)
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.append(Finder())
    tokenizer_class = transformers.PreTrainedTokenizerBase
    if not hasattr(tokenizer_class, "batch_encode_plus"):
        def batch_encode_plus(self, batch_text_or_text_pairs, **options):
            return self(batch_text_or_text_pairs, **options)
        tokenizer_class.batch_encode_plus = batch_encode_plus


def stood_in():
    """The packages that a stand-in took the place of so far."""
    return sorted({name.split(".")[0] for name, module in sys.modules.items() if isinstance(module, StandIn)})


@contextlib.contextmanager
def inside(folder):
    """Runs with `folder` as the working directory, so that a hub name found there is read from there."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def merl_model(clone, backbone, text_model):
    """MERL's ECGCLIP with fresh weights; `text_model` is a Hugging Face folder."""
    builder = _import(Path(clone) / "utils", "utils_builder")
    return builder.ECGCLIP({"ecg_model": backbone, "num_leads": 12, "text_model": str(text_model),
                            "projection_head": {"mlp_hidden_size": 256, "projection_size": 256}})


def merl_dataset(clone):
    """MERL's ECGDataset class (zero-shot evaluation reads recordings with it)."""
    return _import(Path(clone) / "finetune", "finetune_dataset").ECGDataset


def melp_model(clone, fairseq, backbone, hub_folder):
    """MELPModel with fresh weights; `hub_folder` holds the text encoder under its hub name."""
    sys.path.insert(0, str(Path(fairseq) / "src"))
    with _package("melp", Path(clone) / "src" / "melp"), _hashable_defaults():
        models = _import(Path(clone) / "src", "melp.models.melp_model")
    with inside(hub_folder):
        return models.MELPModel(ecg_encoder_name=backbone, text_encoder_name="ncbi/MedCPT-Query-Encoder")


@contextlib.contextmanager
def _package(name, folder):
    """The official package has the name of our own melp.py: it takes its place while it is imported."""
    own = sys.modules.get(name)
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    try:
        yield
    finally:
        if own is not None:
            sys.modules[name] = own


@contextlib.contextmanager
def _hashable_defaults():
    """fairseq's configurations have dataclasses as defaults: Python 3.11 allows only hashable ones."""
    original = dataclasses.dataclass
    dataclasses.dataclass = lambda cls=None, **options: original(cls, **{"unsafe_hash": True, **options})
    try:
        yield
    finally:
        dataclasses.dataclass = original


def _import(folder, name):
    prepare()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(name)
