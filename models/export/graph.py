"""ONNX export with a check against PyTorch at other batch sizes than the traced one."""
import numpy as np
import onnxruntime as ort
import torch

from checkpoint import ExportError

OPSET = 17
TOLERANCE = 1e-4


def export_graph(module, file, example, names, dynamic):
    """Writes `file`; returns the largest difference from PyTorch on `example` repeated to other batch sizes.

    `example`: tensors; `names`: (inputs, outputs); `dynamic`: {name: {axis: label}}, axis 0 is the batch.
    ExportError where the graph and PyTorch differ by 1e-4 or more.
    """
    inputs, outputs = names
    axes = {name: {0: "batch", **dynamic.get(name, {})} for name in (*inputs, *outputs)}
    with torch.no_grad():
        torch.onnx.export(module, example, str(file), opset_version=OPSET, dynamo=False,
                          input_names=list(inputs), output_names=list(outputs), dynamic_axes=axes)
    session = open_session(file)
    difference = 0.0
    for rows in ([0], [1, 0], [0, 1, 1, 0, 1]):
        batch = tuple(tensor[rows] for tensor in example)
        with torch.no_grad():
            expected = module(*batch)
        expected = expected if isinstance(expected, tuple) else (expected,)
        got = session.run(list(outputs), {name: tensor.numpy() for name, tensor in zip(inputs, batch)})
        difference = max(difference, *(float(np.abs(e.numpy() - g).max()) for e, g in zip(expected, got)))
    if not difference < TOLERANCE:
        raise ExportError(f"{file} is {difference:.2g} off PyTorch: less than {TOLERANCE} is expected.")
    return difference


def open_session(file, threads=2):
    """An ONNX Runtime session on the CPU."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
