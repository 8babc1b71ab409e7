"""People and protocols: HTTP, the command line, the page. Knows nothing of FAISS or SQL."""
