"""The answer's text, and how it is put for people."""
