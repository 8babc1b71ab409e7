from contextlib import closing
from pathlib import Path

import pytest

from index.errors import NotFound
from service.answers import Answers
from service.ask import ask
from service.chat.offers import OFFERED_SECONDS, TOO_OLD, Offers
from service.chat.seen import REMEMBERED_SECONDS, Seen
from service.database import Database
from service.fleeting import FILE, Fleeting
from service.schemas import AskReply, asked
from service.settings import Settings
from tests.worlds import ASKED, CANCELLED, TRIP, archive

NOW = 1_800_000_000.0


def reply(path: Path) -> AskReply:
    with archive(path, TRIP) as index:
        return ask(index, Settings(data=path, threshold=0.0), asked(ASKED))


def test_a_request_is_the_first_once_within_an_hour_and_each_by_itself(tmp_path: Path) -> None:
    here, there = Seen(Fleeting(tmp_path)), Seen(Fleeting(tmp_path))

    assert [here.is_first("a", NOW), there.is_first("a", NOW + 60), there.is_first("b", NOW)] == [True, False, True]
    assert here.is_first("a", NOW + REMEMBERED_SECONDS + 1)


def test_where_nothing_can_be_remembered_everything_is_the_first(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    seen = Seen(Fleeting(tmp_path))

    assert [seen.is_first("a"), seen.is_first("a")] == [True, True]


def test_an_answer_can_be_kept_for_a_week_and_no_longer(tmp_path: Path) -> None:
    given = reply(tmp_path)
    with closing(Database(tmp_path, 5.0)) as database:
        answers = Answers(database)
        offers = Offers(Fleeting(tmp_path), answers)
        soon, late = offers.offer(given, NOW), offers.offer(given, NOW)

        assert offers.accept(soon, NOW + OFFERED_SECONDS - 1)
        assert not offers.accept(soon, NOW + OFFERED_SECONDS + 1)
        with pytest.raises(NotFound, match=TOO_OLD):
            offers.accept(late, NOW + OFFERED_SECONDS + 1)
        answers.revoke(soon)
        with pytest.raises(NotFound, match=TOO_OLD):
            offers.accept(soon, NOW)


def test_an_offer_holds_no_words_of_an_article(tmp_path: Path) -> None:
    with closing(Database(tmp_path, 5.0)) as database:
        Offers(Fleeting(tmp_path), Answers(database)).offer(reply(tmp_path / "archive"), NOW)

    kept = b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE}*"))
    assert b'"lines"' in kept
    assert CANCELLED.encode() not in kept
    assert b"balloon" not in kept
