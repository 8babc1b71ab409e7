"""Why an address brought nothing."""


class Unfetched(Exception):
    """Nothing came of an address; ``reason`` says why, in words for the ledger.

    ``lasting`` is what another try soon would meet again; ``status`` is that of a response, if there was one; ``after``
    is how many seconds it asks to be left alone.
    """

    def __init__(
        self, reason: str, *, lasting: bool = False, status: int | None = None, after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.lasting, self.status, self.after = reason, lasting, status, after

    @property
    def is_gone(self) -> bool:
        """Whether its server says that there is nothing here, or nothing any more."""
        return self.status in (404, 410)


class Forbidden(Unfetched):
    """It must not be fetched: by its scheme, by where it leads, or because its site asks not to."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, lasting=True)
