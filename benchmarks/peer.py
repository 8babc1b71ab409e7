"""A peer's embedding for benchmarks/speed.py, run by an interpreter that has it: ``peer.py NAME MODEL``.

The first line that comes in holds the texts, as JSON; for it and for every line after it the seconds that their vectors
took are printed.
"""

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any


def embedding(name: str, model: str) -> Callable[[list[str]], Any]:
    """How the peer computes vectors where nothing is set but the model."""
    encode: Callable[[list[str]], Any]
    if name == "txtai":
        from txtai import Embeddings

        encode = Embeddings(path=model).batchtransform
    elif name == "langchain":
        from langchain_huggingface import HuggingFaceEmbeddings

        encode = HuggingFaceEmbeddings(model_name=model).embed_documents
    else:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        encode = HuggingFaceEmbedding(model_name=model).get_text_embedding_batch
    return encode


def main() -> None:
    embed = embedding(sys.argv[1], sys.argv[2])
    texts = json.loads(sys.stdin.readline())
    embed(texts[:8])
    while True:
        began = perf_counter()
        embed(texts)
        print(perf_counter() - began, flush=True)
        if not sys.stdin.readline():
            return


if __name__ == "__main__":
    main()
