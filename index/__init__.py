"""Articles and passages: taken in, kept and found. Knows nothing of HTTP, chat tools or the environment."""

import os

# Read once, when PyTorch, FAISS or NumPy loads the library: so before any of them is imported. OpenMP's threads spin
# while they wait, and OpenBLAS starts threads for products too small to share: where another process keeps a core busy,
# a question then takes many times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
