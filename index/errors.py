"""The faults that the outside may see. Each message says what is wrong, where, and what mends it."""


class FootnoteError(Exception):
    """What every fault of Footnote is."""


class Invalid(FootnoteError):
    """Input that breaks a rule: the message names the field and the value."""


class NotFound(FootnoteError):
    """No article, passage or collection has this name."""


class FolderHeld(FootnoteError):
    """Another writer held the data folder for longer than this one was told to wait."""


class FolderDamaged(FootnoteError):
    """The data folder can't be read and can't be mended by itself."""


class BackupDamaged(FolderDamaged):
    """A backup is not what was written, or not all of it."""


class DiskFault(FolderDamaged):
    """The disk is full, or can't be written or read just now; what is stored is as it was."""


class IndexMismatch(FootnoteError):
    """The data folder was made with another model or settings."""


class ChangedOver(IndexMismatch):
    """Another model came to answer while something was prepared for the one before."""


class ModelUnusable(FootnoteError):
    """The embedding model can't be found, is not the one it claims to be, or can't be loaded."""
