"""Two sentences side by side: which words of the one stand in the other, in the same order."""

from collections.abc import Sequence

# What a pair earns beside itself that directly follows another, and so much less for each word skipped in the quote.
NEIGHBOUR = 0.2


def aligned(claim: Sequence[str], quote: Sequence[str]) -> list[tuple[int, int]]:
    """The longest common subsequence of keys as places in both, among equals one with the most neighbours.

    By dynamic programming as Needleman and Wunsch (1970) do.
    """
    rows, columns = len(claim), len(quote)
    ends = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i, word in enumerate(claim, start=1):
        for j, other in enumerate(quote, start=1):
            if word == other:
                before = best[i - 1][j - 1]
                follows = ends[i - 1][j - 1]
                ends[i][j] = 1 + max(before, follows + NEIGHBOUR if follows else 0)
            best[i][j] = max(best[i - 1][j], best[i][j - 1], ends[i][j])
    return _traced(ends, best, rows, columns)


def _traced(ends: list[list[float]], best: list[list[float]], i: int, j: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    follows = False
    while i and j and best[i][j]:
        if not follows and best[i][j] == best[i][j - 1]:
            j -= 1
        elif not follows and best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            pairs.append((i - 1, j - 1))
            before = ends[i - 1][j - 1]
            follows = bool(before) and before + NEIGHBOUR >= best[i - 1][j - 1]
            i, j = i - 1, j - 1
    return pairs[::-1]
