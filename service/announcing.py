"""Who may ask and who may write, in words, for whoever starts a service."""

from contextlib import closing, suppress
from datetime import UTC, datetime

from index.errors import FootnoteError
from service.database import Database
from service.keys import Keys
from service.settings import Settings

MAKE_ONE = "`footnote keys create NAME` makes one"


def announced(settings: Settings) -> tuple[str, bool]:
    """Who may ask and write, and whether whoever has started this would hardly want it so."""
    has_key, wrote = settings.api_key is not None, False
    # What is wrong with the file is told to whoever shows a key.
    with suppress(FootnoteError, OSError), closing(Database(settings.data, settings.lock_timeout)) as database:
        keys = Keys(database)
        has_key = has_key or any(key.is_good(datetime.now(UTC)) for key in keys.all())
        wrote = keys.were_to_write()
    asking, writing = _asking(settings), _writing(settings, wrote)
    none = "" if has_key else f"; there is no key yet: {MAKE_ONE}"
    return f"{asking}; {writing}{none}", not has_key and not settings.is_local


def _asking(settings: Settings) -> str:
    anyone = settings.demo if settings.anonymous is None else settings.anonymous
    if anyone:
        return "anyone may ask"
    if settings.anonymous is None and settings.is_local:
        return "who is on this machine may ask, others with a key"
    return "only who has a key may ask (FOOTNOTE_ANONYMOUS=true lets anyone)"


def _writing(settings: Settings, wrote: bool) -> str:
    if settings.api_key is not None or settings.is_public or wrote:
        return "only who has a key may write"
    return "who is on this machine may write, others with a key"
