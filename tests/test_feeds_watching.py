"""A feed that is watched for a day, which the test moves; and what is known of it afterwards."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from index.errors import FolderHeld, Invalid
from index.readers.confined import Reading
from index.records import Article
from index.spool import locked
from service import opening
from service.feeds import entries, reporting, watched
from service.feeds.fetching import Fetched
from service.feeds.freshness import DAY, quiet_for, state
from service.feeds.remembered import FeedState
from service.feeds.sources import Source, read
from service.feeds.unfetched import Unfetched
from service.feeds.watching import LOCK, Watch, next_visit
from service.settings import Settings
from tests.fakes import WordEncoder
from tests.test_packaging import ROOT
from tests.web import XML, Hands, Request, Web, World, item, one_reader, rss, story, web, world

MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
HOUR = 3_600.0


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, one_reader(patch):
        yield


@dataclass
class Paper:
    """A paper's site: a feed of its latest stories, each with a page; it speaks HTTP as it should."""

    web: Web
    told: dict[int, str] = field(default_factory=dict)
    entries: dict[int, float] = field(default_factory=dict)
    feed: str = ""
    status: int = 200

    def publish(self, number: int, said: str, at: float) -> None:
        self.told[number] = said
        self.web.says(
            f"/story/{number}", story(f"Story {number}", said, f"It was told at {number} o'clock by the port.")
        )
        self.entries[number] = at

    def lists(self, numbers: list[int], ids: str = "", tracking: str = "") -> None:
        items = [
            item(f"/story/{n}{tracking}", f"Story {n}", f"{ids}{n}", self.entries[n], self.told[n]) for n in numbers
        ]
        self.feed = rss(*items)
        self.web.answers["/feed"] = self._answer

    def _answer(self, request: Request) -> None:
        etag = f'"{hashlib.sha256(self.feed.encode()).hexdigest()[:8]}"'
        if self.status != 200:
            request.says(b"", status=self.status)
        elif request.headers.get("if-none-match") == etag:
            request.says(b"", status=304, etag=etag)
        else:
            request.says(self.feed.encode(), XML, etag=etag)


def sources(path: Path, text: str) -> Path:
    file = path / "sources.toml"
    file.write_text(text)
    return file


def watching(own: World, file: Path) -> Watch:
    watch = Watch(own.visits, file, Event(), chance=lambda: 0.0)
    watch.load()
    return watch


def test_a_day_brings_each_article_once_and_each_correction_as_a_version(tmp_path: Path) -> None:
    clock = Hands(MONDAY)
    with web() as one, world(tmp_path, clock) as own:
        paper, added, replaced, asked = Paper(one), list[int](), list[int](), list[float]()
        paper.publish(0, "The first ship came in at midnight with timber.", MONDAY)
        paper.lists([0])
        watch = watching(
            own, sources(tmp_path, f'[[source]]\nname = "Paper"\naddress = "{one.url}/feed"\nevery = "30m"')
        )
        for minute in range(0, 24 * 60, 10):
            clock.at, hour = MONDAY + 60 * minute, minute / 60
            happens(paper, hour)
            before = len(one.asked)
            for _, visit in watch.step():
                added += [int(hour)] * visit.summary.added
                replaced += [int(hour)] * visit.summary.replaced
            asked += [hour for path, _ in one.asked[before:] if path == "/feed"]

        host = one.url.partition("//")[2]
        assert own.articles() == {f"{host}/story/{n}": f"Story {n}" for n in range(0, 24, 2)}
        assert added == [0, 2, 4, 6, 8, 10, 12, 17, 17, 18, 20, 22]
        assert "nine containers" in own.index.article(f"{host}/story/4").text
        assert "two tugs" in own.index.article(f"{host}/story/6").text
        # What it published while it failed came when it was asked again, after one hour and then after two.
        # The correction of story 4 at eight is in the feed; that of story 6 shows when its page is looked at again.
        assert replaced == [8, 12]
        assert [round(hour, 1) for hour in asked if 14 <= hour < 20] == [14.0, 15.0, 17.0, 17.5, 18.0, 18.5, 19.0, 19.5]


def happens(paper: Paper, hour: float) -> None:
    """What a paper does in the course of a day."""
    if hour % 2 == 0:
        paper.publish(int(hour), f"Ship {int(hour)} came in at {int(hour)} with timber and iron.", MONDAY + HOUR * hour)
    so_far = [n for n in range(0, 24, 2) if n <= hour]
    if hour == 8:
        paper.publish(4, "Ship 4 came in with nine containers, not with timber.", paper.entries[4])
    if hour == 9:
        paper.publish(6, "Ship 6 came in behind two tugs.", paper.entries[6])
        paper.told[6] = "Ship 6 came in at 6 with timber and iron."  # the feed does not say so
    paper.status = 500 if 14 <= hour < 16.5 else 200
    latest = so_far[-5:]
    # From noon on its ids are others, from four on it lists them in another order, each twice, with tracking.
    if hour < 12:
        paper.lists(latest[::-1])
    elif hour < 16:
        paper.lists(latest[::-1], ids="urn:new:")
    else:
        paper.lists([*latest, *latest], ids=f"at {int(hour)} ", tracking=f"?utm_source=rss{int(hour)}")


def test_what_did_not_change_is_not_sent_again(tmp_path: Path) -> None:
    clock = Hands(MONDAY)
    with web() as one, world(tmp_path, clock) as own:
        paper = Paper(one)
        paper.publish(1, "A ship came in.", MONDAY)
        paper.lists([1])
        watch = watching(own, sources(tmp_path, f'[[source]]\nname = "Paper"\naddress = "{one.url}/feed"'))
        for _ in range(3):
            watch.step()
            clock.at += HOUR
        own.visits.robots.permit(f"{one.url}/feed")

        asked = [headers.get("if-none-match") for path, headers in one.asked if path == "/feed"]
        assert asked[0] is None
        assert asked[1:] == [asked[1]] * 2
        assert asked[1] is not None
        assert one.paths() == ["/feed", "/story/1", "/feed", "/feed"]


def test_a_source_that_fails_does_not_hold_the_others_and_is_tried_less_and_less(tmp_path: Path) -> None:
    clock = Hands(MONDAY)
    with web() as one, world(tmp_path, clock) as own:
        paper = Paper(one)
        paper.publish(1, "A ship came in.", MONDAY)
        paper.lists([1])
        one.says("/broken", "", status=500)
        text = "".join(
            f'[[source]]\nname = "{name}"\naddress = "{one.url}/{path}"\nevery = "30m"\n'
            for name, path in (("Broken", "broken"), ("Paper", "feed"))
        )
        watch = watching(own, sources(tmp_path, text))
        visits = []
        for _ in range(48):
            visits += [(source.name, clock.at - MONDAY) for source, _ in watch.step()]
            clock.at += HOUR / 2

        broken = [at / HOUR for name, at in visits if name == "Broken"]
        assert broken == [0, 1, 3, 7, 15]
        assert sum(name == "Paper" for name, _ in visits) == 48
        states = {one.name: state(one, clock.at) for one in own.remembered.feeds()}
        assert states == {"Broken": "failing", "Paper": "fresh"}


@pytest.mark.parametrize(
    ("fault", "failures", "wait"),
    [
        (None, 0, HOUR / 2),
        (Unfetched("x"), 1, HOUR),
        (Unfetched("x"), 2, 2 * HOUR),
        (Unfetched("x"), 30, DAY),
        (Unfetched("x", after=2 * DAY, status=503), 1, 2 * DAY),
        (Unfetched("x", status=410), 1, 7 * DAY),
    ],
)
def test_the_next_visit_waits_longer_after_each_failure(fault: Unfetched | None, failures: int, wait: float) -> None:
    source = Source(name="a", address="https://example.org/feed")

    assert next_visit(source, 0.0, failures, fault, lambda: 0.0) == wait
    assert wait < next_visit(source, 0.0, failures, fault, lambda: 1.0) <= max(1.1 * wait, wait + 1) or fault


def test_a_daily_source_is_due_at_its_time_of_day(tmp_path: Path) -> None:
    [source] = read(sources(tmp_path, '[[source]]\nname = "a"\naddress = "https://example.org/feed"\nat = "06:30"'))

    assert next_visit(source, MONDAY, 0, None, lambda: 0.0) == MONDAY + 6.5 * HOUR
    assert next_visit(source, MONDAY + 7 * HOUR, 0, None, lambda: 0.0) == MONDAY + DAY + 6.5 * HOUR


def test_silence_is_judged_by_a_sources_own_rhythm() -> None:
    daily = [(MONDAY, datetime.fromtimestamp(MONDAY - n * DAY, UTC).isoformat()) for n in range(10)]
    feed = FeedState("a", "x", first_at=MONDAY, answered_at=MONDAY, brought_at=MONDAY, silent_after=quiet_for(daily))

    assert quiet_for(daily) == 3 * DAY
    assert quiet_for(daily[:3]) == 30 * DAY
    assert [state(feed, MONDAY + days * DAY) for days in (0, 2.9, 3.1)] == ["fresh", "fresh", "silent"]


def test_a_file_that_becomes_wrong_leaves_what_it_said_before(tmp_path: Path) -> None:
    with web() as one, world(tmp_path, Hands(MONDAY)) as own:
        file = sources(tmp_path, f'[[source]]\nname = "Paper"\naddress = "{one.url}/feed"')
        watch = watching(own, file)
        file.write_text("[[source]]\nname = 1")
        watch.reload()

        assert [source.name for source in watch.due()] == ["Paper"]


def test_a_source_that_is_no_longer_listed_is_watched_no_longer_and_nothing_is_forgotten(tmp_path: Path) -> None:
    clock = Hands(MONDAY)
    with web() as one, world(tmp_path, clock) as own:
        paper = Paper(one)
        paper.publish(1, "A ship came in.", MONDAY)
        paper.lists([1])
        file = sources(tmp_path, f'[[source]]\nname = "Paper"\naddress = "{one.url}/feed"')
        watch = watching(own, file)
        watch.step()
        file.write_text(f'[[source]]\nname = "Other"\naddress = "{one.url}/other"')
        watch.load()

        assert [feed.name for feed in own.remembered.feeds()] == ["Other"]
        assert list(own.articles().values()) == ["Story 1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no source"),
        ("[[source]\n", "is not TOML"),
        ('[[source]]\nname = "a"', "line 1: address is missing"),
        (
            '[[source]]\nname = "a"\nadress = "https://example.org"',
            "line 3: there is no key adress; known are address,",
        ),
        ('[[source]]\nname = "a"\naddress = "ftp://example.org"', "line 3: address = 'ftp://example.org': is no http"),
        (
            '[defaults]\nevery = "5x"\n[[source]]\nname = "a"\naddress = "https://e.org"',
            "line 2: every = '5x': must be a",
        ),
        (
            '[[source]]\nname = "a"\naddress = "https://e.org"\n\n[[source]]\nname = "a"\naddress = "https://f.org"',
            "line 6: name = 'a': another source has it already",
        ),
        ('[[source]]\nname = "a"\naddress = "https://e.org"\nmost = 0', "line 4: most = '0': Input should be greater"),
        ('[[source]]\nname = "a"\naddress = "https://e.org"\ntags = "x"', "line 4: tags = 'x': Input should be a list"),
        ('colour = 1\n[[source]]\nname = "a"\naddress = "https://e.org"', "line 1: there is no key colour; known are"),
    ],
)
def test_what_is_wrong_with_a_file_of_sources_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(sources(tmp_path, text))

    assert said in str(refused.value)
    assert str(tmp_path / "sources.toml") in str(refused.value)


def test_the_documents_example_is_read_and_its_table_has_every_key(tmp_path: Path) -> None:
    document = (ROOT / "docs/feeds.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    daily, port = read(sources(tmp_path, example))

    assert (daily.name, daily.every, daily.at) == ("The Daily Example", HOUR / 2, None)
    assert (port.at, port.publisher, port.tags, port.id_prefix) == (
        time(6, 30),
        "Port of Example",
        ("harbour",),
        "port/",
    )
    table = document.partition("| key | default | |")[2].partition("\n\n")[0]
    keys = {
        key for row in table.splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }
    assert keys == set(Source.model_fields)


def test_a_day_of_a_clock_that_is_set_back_holds_nothing_up(tmp_path: Path) -> None:
    """What was due in an hour is due in half an hour at most, as it is said now, however far ahead it was."""
    clock = Hands(MONDAY)
    with web() as one, world(tmp_path, clock) as own:
        file = sources(tmp_path, f'[[source]]\nname = "a"\naddress = "{one.url}/feed"\nevery = "1h"')
        one.says("/feed", rss(item("/x", "X", "1")), XML)
        watch = watching(own, file)
        watch.step()
        clock.at = MONDAY - 30 * DAY
        watch.load()
        clock.at += 1.2 * HOUR

        assert [source.name for source in watch.due()] == ["a"]


def test_the_command_visits_each_source_once_and_no_second_process_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder())
    with web() as one:
        paper = Paper(one)
        paper.publish(1, "A ship came in.", MONDAY)
        paper.lists([1])
        told = (("Paper", "feed"), ("Gone", "x"))
        text = "".join(f'[[source]]\nname = "{name}"\naddress = "{one.url}/{path}"\n' for name, path in told)
        said_so: dict[str, Any] = {"data": tmp_path / "data", "fetch_networks": "127.0.0.0/8", "fetch_pause": 0}
        settings = Settings(**said_so, sources=sources(tmp_path, text))
        visits = watched.once(settings)
        with locked(settings.data / LOCK), pytest.raises(FolderHeld, match="another process watches"):
            watched.once(settings)
        again = watched.once(settings)

    assert re.sub("until .*", "until …", watched.table(again)) == (
        "Paper: 0 articles added, 0 replaced\nGone: answers 404; it is left alone until …"
    )
    assert watched.table(visits) == "Paper: 1 article added, 0 replaced\nGone: answers 404"
    said = reporting.table(reporting.all_of(settings).feeds).splitlines()
    assert [(line.split()[0], line.split()[1]) for line in said[1:]] == [("Gone", "failing"), ("Paper", "fresh")]


def test_a_fault_of_ours_in_one_page_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with web() as one, world(tmp_path, Hands(MONDAY)) as own:
        paper = Paper(one)
        for number in (1, 2):
            paper.publish(number, "A ship came in.", MONDAY)
        paper.lists([1, 2])
        real = entries.of_page

        def faulty(came: Fetched, reading: Reading) -> Article:
            if came.address.endswith("/1"):
                raise RuntimeError("nobody has thought of this")
            return real(came, reading)

        monkeypatch.setattr(entries, "of_page", faulty)
        summary = own.ingest(f"{one.url}/feed")

        assert list(own.articles().values()) == ["Story 2"]
        assert [rejection.reason for rejection in summary.rejected] == [
            "meets a fault of this service, which its log names; it is tried again"
        ]
