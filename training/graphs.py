"""The graphs of the packaged embedding model for onnxruntime, in float32 and in int8, without its weights.

``python -m training.graphs index/embedding`` writes them; index/embedding/minilm.py gives them their weights. Layers
are written with onnxruntime's own fused operators where these are the faster ones: layer normalisation is not, since it
adds up one number after another.
"""

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from index.embedding.minilm import ATTENTION, EXACT, LAYERS, LEAST, LIFTED, STEPS, WHOLE_STEPS, Precision

DIMENSION, INNER, HEADS, PIECES, PLACES = 384, 1536, 12, 30522, 512
EPSILON = 1e-12
OPSET, IR_VERSION = 18, 9
FUSED = "com.microsoft"
ALL = -1  # the last axis
Given = tuple[int, list[int]]


@dataclass
class Graph:
    """A graph in the making: what is computed of what, and what is given from outside."""

    precision: Precision
    nodes: list[NodeProto] = field(default_factory=list)
    tensors: dict[str, TensorProto] = field(default_factory=dict)

    def given(self, name: str, shape: list[int], kind: int = TensorProto.FLOAT) -> str:
        """Weights that come later."""
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="given")
        self.tensors[name] = tensor
        return name

    def constant(self, name: str, value: object, kind: type[np.generic] = np.float32) -> str:
        self.tensors[name] = numpy_helper.from_array(np.array(value, kind), name)
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        return self._add("", operator, inputs, attributes)

    def fused(self, operator: str, *inputs: str, **attributes: Any) -> str:
        return self._add(FUSED, operator, inputs, attributes)

    def _add(self, domain: str, operator: str, inputs: tuple[str, ...], attributes: dict[str, Any]) -> str:
        output = f"{operator}{len(self.nodes)}"
        # It has a second output, which nobody needs.
        outputs = [output, "lengths"] if operator == "EmbedLayerNormalization" else [output]
        self.nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        return output

    def model(self, output: str) -> ModelProto:
        self.nodes.append(helper.make_node("Identity", [output], ["tokens"]))
        rows = ["texts", "width"]
        graph = helper.make_graph(
            self.nodes,
            f"all-MiniLM-L6-v2 {self.precision}",
            [helper.make_tensor_value_info(name, TensorProto.INT32, rows) for name in ("ids", "mask")],
            [helper.make_tensor_value_info("tokens", TensorProto.FLOAT, [*rows, DIMENSION])],
            list(self.tensors.values()),
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


@dataclass(frozen=True)
class Rows:
    """What a layer multiplies: in float32 ``values`` themselves, in int8 codes with the scale of each row.

    ``step`` is what a code is of its row's scale, ``zero`` the code of 0.
    """

    values: str
    scales: str = ""
    step: str = ""
    zero: str = ""


def graph(precision: Precision) -> ModelProto:
    made = Graph(precision)
    values = _embedded(made)
    for layer in range(LAYERS):
        values = _layer(made, f"{layer}", values)
    return made.model(values)


def _embedded(made: Graph) -> str:
    words, places = made.given("words", [PIECES, DIMENSION]), made.given("places", [PLACES, DIMENSION])
    norm = [made.given(f"embedded.{one}", [DIMENSION]) for one in ("gain", "shift")]
    return made.fused("EmbedLayerNormalization", "ids", "", words, places, "", *norm, "mask", epsilon=EPSILON)


def _layer(made: Graph, name: str, values: str) -> str:
    exact, rows = Rows(values), _rows(made, name, values)
    parts = [
        _product(made, f"{name}.{one}", exact if one in EXACT else rows, DIMENSION, DIMENSION) for one in ATTENTION
    ]
    biases = made.given(f"{name}.biases", [3 * DIMENSION])
    attended = made.fused("MultiHeadAttention", *parts, biases, "mask", num_heads=HEADS)
    values = _norm(made, f"{name}.attended", values, _linear(made, f"{name}.attended", attended, DIMENSION, DIMENSION))
    inner = _product(made, f"{name}.inner", _rows(made, f"{name}.inner", values), DIMENSION, INNER)
    inner = made.fused("BiasGelu", inner, made.given(f"{name}.inner.bias", [INNER]))
    return _norm(made, f"{name}.outer", values, _linear(made, f"{name}.outer", inner, INNER, DIMENSION))


def _rows(made: Graph, name: str, values: str) -> Rows:
    """In int8, as far as the largest of each row: so no row's steps hang on another's."""
    if made.precision == "float32":
        return Rows(values)
    if name.endswith(LIFTED):
        lifted = made.add("Sub", values, made.constant("least", LEAST))
        return _coded(made, lifted, lifted, made.constant("fine", 1 / WHOLE_STEPS), made.constant("none", 0, np.uint8))
    step, zero = made.constant("step", 1 / STEPS), made.constant("zero", STEPS + 1, np.uint8)
    return _coded(made, values, made.add("Abs", values), step, zero)


def _coded(made: Graph, values: str, sizes: str, step: str, zero: str) -> Rows:
    largest = made.add("ReduceMax", sizes, made.constant("last", [ALL], np.int64), keepdims=1)
    scales = made.add("Max", largest, made.constant("smallest", 1e-9))
    return Rows(made.add("QuantizeLinear", made.add("Div", values, scales), step, zero), scales, step, zero)


def _product(made: Graph, name: str, rows: Rows, width: int, out: int) -> str:
    if not rows.scales:
        return made.add("MatMul", rows.values, made.given(f"{name}.weight", [width, out]))
    weight = made.given(f"{name}.weight", [width, out], TensorProto.INT8)
    scale = made.given(f"{name}.scale", [out])
    product = made.fused("MatMulIntegerToFloat", rows.values, weight, rows.step, scale, rows.zero)
    return made.add("Mul", product, rows.scales)


def _linear(made: Graph, name: str, values: str, width: int, out: int) -> str:
    return made.add(
        "Add", _product(made, name, _rows(made, name, values), width, out), made.given(f"{name}.bias", [out])
    )


def _norm(made: Graph, name: str, values: str, change: str) -> str:
    """Layer normalisation (Ba and others, 2016) of the sum; means are products, which are vectorised."""
    mean = made.constant("mean", np.full((DIMENSION, 1), 1 / DIMENSION))
    changed = made.add("Add", values, change)
    centred = made.add("Sub", changed, made.add("MatMul", changed, mean))
    variance = made.add("MatMul", made.add("Mul", centred, centred), mean)
    deviation = made.add("Sqrt", made.add("Add", variance, made.constant("epsilon", EPSILON)))
    gained = made.add("Mul", made.add("Div", centred, deviation), made.given(f"{name}.gain", [DIMENSION]))
    return made.add("Add", gained, made.given(f"{name}.shift", [DIMENSION]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the two .onnx files go")
    folder = parser.parse_args().folder
    for precision in ("int8", "float32"):
        (folder / f"{precision}.onnx").write_bytes(graph(precision).SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
