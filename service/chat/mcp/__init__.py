"""The archive for language models, by the Model Context Protocol: over HTTP at ``/mcp``, and on stdin and stdout."""
