"""Which ranges of a text are the story, its headings, other stories beside it, or furniture of the page.

A text is never rewritten: what is not the story is marked by range.
"""

from index.cleaning.blocks import outline

__all__ = ["outline"]
