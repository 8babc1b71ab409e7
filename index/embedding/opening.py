"""From a model's name to its encoder."""

from functools import cache, partial
from pathlib import Path

from index.embedding import minilm, sentence_transformer
from index.embedding.backends import Backend, chosen
from index.embedding.packaged import DEFAULT_MODEL, digests, fingerprint, located, refuse_altered
from index.embedding.texts import Network, TextEncoder, Vocabulary


def open_encoder(
    model: str | None = None, backend: Backend | None = None, remembered: Path | None = None
) -> TextEncoder:
    """The encoder of ``model``, a folder or a name in the local cache of models; of the packaged one by default.

    ``backend`` computes the packaged one; by default that which is fastest here, which ``remembered``, a folder, keeps.
    Others are PyTorch's.

    :raises ModelUnusable: it can't be found or loaded, or the packaged one's digest is wrong.
    """
    folder = located(model)
    found = digests(folder)
    if model is None:
        refuse_altered(folder, found)
    load = cache(partial(_load, folder))
    chosen_one = "torch" if model else backend or chosen(remembered, lambda one: load(one)[0])
    network, vocabulary = load(chosen_one)
    return TextEncoder(model or DEFAULT_MODEL, fingerprint(found), vocabulary, network)


def _load(folder: Path, backend: Backend) -> tuple[Network, Vocabulary]:
    return sentence_transformer.load(folder) if backend == "torch" else minilm.load(folder, backend)
