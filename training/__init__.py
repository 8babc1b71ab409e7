"""How the shipped reader is made: texts, mining, near misses, training, export."""

import os

# Before anything loads onnxruntime, which else sends events to its maker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
