"""Question and passage read together: which words answer, in which sentence, and whether any do."""

import os

# Read once, when onnxruntime is imported: so before it is. Else its official builds keep an identifier of the machine
# in the cache of the user, and send events to their maker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
