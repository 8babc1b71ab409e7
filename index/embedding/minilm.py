"""The packaged model, a BERT of six layers, computed by onnxruntime: no PyTorch is loaded.

The graphs beside this file hold no weights (training/graphs.py makes them): these come from the model's own file, as
float32 or as int8. int8 weights have a scale for each column; what they are multiplied with has one for each token, so
that no text's vectors hang on what it is computed with. What attention passes on (its values) stays float32: int8 there
would make two thirds of the error (of a passage .0016 of .0025, as cosine) and save a tenth of the time.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.embedding.encoding import Vectors
from index.embedding.packaged import WEIGHTS
from index.embedding.texts import Numbers, Vocabulary
from index.machine import cores

if TYPE_CHECKING:
    from onnxruntime import SessionOptions

Precision = Literal["int8", "float32"]
Arrays = dict[str, NDArray[Any]]

LAYERS, LONGEST, PADDING, UNKNOWN = 6, 256, 0, 100
# By their names in the graphs; the names of the model's own file stand behind.
LINEAR = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "inner": "intermediate.dense",
    "outer": "output.dense",
}
NORMS = {"attended": "attention.output.LayerNorm", "outer": "output.LayerNorm"}
ATTENTION = ("query", "key", "value")
EXACT = ("value",)
ERRORS = 3
STEPS = 127  # of int8 on either side of 0
# A GELU is never below this, less which it has no sign: eight bits then make steps of half the width.
LEAST, WHOLE_STEPS = -0.17, 255
LIFTED = ("outer",)


class OnnxNetwork:
    """The packaged model in one precision."""

    def __init__(self, folder: Path, precision: Precision) -> None:
        import onnxruntime
        from safetensors.numpy import load_file

        model = {name: _whole(array) for name, array in load_file(folder / WEIGHTS).items()}
        self.precision, self.at_once = precision, cores()
        self._weights = weights(model, precision)
        options = _options()
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in self._weights.values()]
        options.add_external_initializers(list(self._weights), values)
        graph = Path(__file__).with_name(f"{precision}.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.dimension = int(self._weights["words"].shape[1])

    def forward(self, ids: Numbers, mask: Numbers) -> tuple[Vectors, Vectors]:
        seen = {"ids": ids.astype(np.int32), "mask": mask.astype(np.int32)}
        [tokens] = self._session.run(["tokens"], seen)
        kept = mask[:, None, :].astype(np.float32)
        return tokens, (kept @ tokens)[:, 0]

    def word_embeddings(self) -> Vectors:
        words: Vectors = self._weights["words"]
        return words


def load(folder: Path, precision: Precision) -> tuple[OnnxNetwork, Vocabulary]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return OnnxNetwork(folder, precision), Vocabulary(tokenizer, LONGEST, PADDING, UNKNOWN)


def _whole(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32) if array.dtype == np.float16 else array


def weights(model: Arrays, precision: Precision) -> Arrays:
    """What the graph of a precision wants, from what the model's file has."""
    kinds = model["embeddings.token_type_embeddings.weight"]
    given = {
        "words": model["embeddings.word_embeddings.weight"],
        "places": model["embeddings.position_embeddings.weight"] + kinds[0],
        **_norm(model, "embedded", "embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        for name, own in LINEAR.items():
            given |= _linear(model, f"{layer}.{name}", f"encoder.layer.{layer}.{own}", precision)
        for name, own in NORMS.items():
            given |= _norm(model, f"{layer}.{name}", f"encoder.layer.{layer}.{own}")
        given[f"{layer}.biases"] = np.concatenate([given.pop(f"{layer}.{one}.bias") for one in ATTENTION])
    return given


def _norm(model: Arrays, name: str, own: str) -> Arrays:
    return {f"{name}.gain": model[f"{own}.weight"], f"{name}.shift": model[f"{own}.bias"]}


def _linear(model: Arrays, name: str, own: str, precision: Precision) -> Arrays:
    weight, bias = np.ascontiguousarray(model[f"{own}.weight"].T), model[f"{own}.bias"]
    if precision == "float32" or name.endswith(EXACT):
        return {f"{name}.weight": weight, f"{name}.bias": bias}
    scales = np.abs(weight).max(axis=0) / STEPS
    codes = np.round(weight / scales).astype(np.int8)
    if name.endswith(LIFTED):
        bias = bias + LEAST * codes.sum(axis=0, dtype=np.float32) * scales
    return {f"{name}.weight": codes, f"{name}.scale": scales, f"{name}.bias": bias}


def _options() -> "SessionOptions":
    from onnxruntime import SessionOptions

    options = SessionOptions()
    # Passes run beside each other, each on its own thread: on short texts threads would mostly wait for each other.
    options.intra_op_num_threads = 1
    options.log_severity_level = ERRORS
    # It is planned by widths met before, of which there are many.
    options.enable_mem_pattern = False
    return options
