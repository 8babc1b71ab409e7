"""What makes int8 activations exact enough: outliers moved into the weights (SmoothQuant: Xiao and others, 2023).

A few channels of a layer's input are ten times as large as the rest, and one scale for all would leave the rest few
steps. Each channel is divided by a factor of its own, which its weights take over: the product stays the same.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from index.reader.packing import Packed
from index.reader.shipped import inputs

Floats = NDArray[np.float32]

# How far the spread is moved: half of it stays with the activations.
MOVED = 0.5
SMALLEST = 1e-5


def smoothed(path: Path, texts: Sequence[Packed]) -> None:
    """Smooth a float32 model in place, by what its layers see of some texts."""
    model = onnx.load(path)
    layers = list(_layers(model))
    peaks = _peaks(model, sorted({layer.input[0] for layer in layers}), texts, path.with_suffix(".seen.onnx"))
    weights = {one.name: one for one in model.graph.initializer}
    before: dict[str, onnx.NodeProto] = {}
    for layer in layers:
        matrix = numpy_helper.to_array(weights[layer.input[1]])
        factors = _factors(peaks[layer.input[0]], np.abs(matrix).max(axis=1))
        weights[layer.input[1]].CopyFrom(_constant((matrix * factors[:, None]).astype(np.float32), layer.input[1]))
        divisor, divided = f"{layer.name}_smooth", f"{layer.name}_smoothed"
        model.graph.initializer.append(_constant(np.reciprocal(factors), divisor))
        before[layer.name] = helper.make_node("Mul", [layer.input[0], divisor], [divided], name=divisor)
        layer.input[0] = divided
    nodes = [one for node in model.graph.node for one in (before.get(node.name), node) if one is not None]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)


def heads(model: onnx.ModelProto) -> list[str]:
    """The products that are not the encoder's: so small that float32 costs nothing."""
    chosen = {layer.name for layer in _layers(model)}
    return [node.name for node in model.graph.node if node.op_type in ("MatMul", "Gemm") and node.name not in chosen]


def _layers(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """The encoder's nodes that multiply by weights."""
    weights = {one.name for one in model.graph.initializer}
    for node in model.graph.node:
        of_encoder = node.op_type == "Attention" or (node.op_type == "MatMul" and node.name.startswith("/encoder"))
        if of_encoder and node.input[1] in weights:
            yield node


def _factors(peaks: Floats, weights: Floats) -> Floats:
    factors = np.maximum(peaks, SMALLEST) ** MOVED / np.maximum(weights, SMALLEST) ** (1 - MOVED)
    evened: Floats = (factors / np.exp(np.log(factors).mean())).astype(np.float32)
    return evened


def _peaks(model: onnx.ModelProto, names: Sequence[str], texts: Sequence[Packed], beside: Path) -> dict[str, Floats]:
    """The largest value of each channel of each named tensor."""
    from onnxruntime import InferenceSession

    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    seen.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    onnx.save(seen, beside)
    session: Any = InferenceSession(beside, providers=["CPUExecutionProvider"])
    beside.unlink()
    peaks: dict[str, Floats] = {}
    for text in texts:
        for name, values in zip(names, session.run(list(names), inputs(text)), strict=True):
            highest = np.abs(values[0]).max(axis=0)
            peaks[name] = np.maximum(peaks.get(name, highest), highest)
    return peaks


def _constant(values: Floats, name: str) -> onnx.TensorProto:
    return numpy_helper.from_array(np.ascontiguousarray(values, dtype=np.float32), name)
