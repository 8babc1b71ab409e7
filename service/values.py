"""How many values the JSON of a body can hold, counted as it comes: a million small ones take seconds to be read."""

# What an article or a conversation has is far below.
MOST = 100_000


class Values:
    """Counts commas outside of strings; whether what comes is JSON at all is for whoever reads it."""

    def __init__(self) -> None:
        self.count = 0
        self._is_inside, self._is_escaped = False, False

    def take(self, data: bytes) -> None:
        if not data:
            return
        if self._is_escaped:
            data = data[1:]
        # Two backslashes are one; what is left of them escapes what follows.
        data = data.replace(b"\\\\", b"")
        self._is_escaped = data.endswith(b"\\")
        parts = data.replace(b'\\"', b"").split(b'"')
        self.count += sum(part.count(b",") for part in parts[self._is_inside :: 2])
        self._is_inside ^= len(parts) % 2 == 0
