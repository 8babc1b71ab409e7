"""Articles and passages: taken in, kept and found. Knows nothing of HTTP, chat tools or the environment."""

import os

# OpenMP's threads spin while they wait, so a question takes half a second instead of 10 ms where another process keeps
# a core busy. Read once, when PyTorch or FAISS loads it: so before either is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
