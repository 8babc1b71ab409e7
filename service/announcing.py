"""Who may ask and who may write, in words, for whoever starts a service."""

from contextlib import closing, suppress
from datetime import UTC, datetime

from index.errors import FootnoteError
from service.database import Database
from service.keys import Keys
from service.settings import Settings

MAKE_ONE = "`footnote keys create NAME` makes one"
PROXY = " (a proxy on it must say for whom it asks, by X-Forwarded-For, or strangers may; FOOTNOTE_API_KEY locks it)"


def announced(settings: Settings) -> tuple[str, bool]:
    """Who may ask and write, and whether whoever has started this would hardly want it so."""
    locked = settings.api_key is not None
    none = "" if locked or _has_keys(settings) else f"; there is no key yet: {MAKE_ONE}"
    is_open = settings.is_public and not locked
    is_odd = is_open or bool(none and not settings.is_local)
    return f"{_asking(settings)}; {_writing(settings)}{PROXY if is_open else ''}{none}", is_odd


def _has_keys(settings: Settings) -> bool:
    # What is wrong with the file is told to whoever shows a key.
    with suppress(FootnoteError, OSError), closing(Database(settings.data, settings.lock_timeout)) as database:
        return any(key.is_good(datetime.now(UTC)) for key in Keys(database).all())
    return False


def _asking(settings: Settings) -> str:
    anyone = settings.demo if settings.anonymous is None else settings.anonymous
    if anyone:
        return "anyone may ask"
    if settings.anonymous is None and settings.is_local:
        return "who is on this machine may ask, others with a key"
    return "only who has a key may ask (FOOTNOTE_ANONYMOUS=true lets anyone)"


def _writing(settings: Settings) -> str:
    if settings.api_key is not None:
        return "only who has a key may write"
    return "who is on this machine may write, others with a key"
