"""Addresses: which may be fetched, how they are one; and what people see of sources that are watched."""

import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article
from service import cli, opening
from service.feeds import reporting
from service.feeds.addresses import Guard, is_public
from service.feeds.canonical import clean, key, name, stated
from service.feeds.fetching import Bounds, Fetched, Fetcher, Validators
from service.feeds.kinds import kind_of, suffix_of
from service.feeds.pacing import Clock, Pace
from service.feeds.parsing import parsed
from service.feeds.unfetched import Forbidden, Unfetched
from tests.fakes import WordEncoder
from tests.test_feeds_misbehaving import DIGEST, MORE, PAGE, SAID
from tests.web import XML, Hands, item, one_reader, rss, story, web, world
from tests.worlds import served

NOW = 1_772_409_600.0  # 2026-03-02


@pytest.mark.parametrize(
    "address",
    [
        *(
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.168.1.1",
            "224.0.0.1",
        ),
        *(
            "198.18.0.1",
            "192.0.2.1",
            "255.255.255.255",
            "::",
            "::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ),
        *("::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "100::1"),
    ],
)
def test_what_is_inside_a_network_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_nothing_that_python_takes_for_private_is_public(address: Any) -> None:
    if address.version == 4 and (address.is_private or address.is_multicast or address.is_reserved):
        assert not is_public(address)


def test_a_name_that_changes_where_it_leads_is_judged_at_each_connection(tmp_path: Path) -> None:
    """DNS rebinding: the first answer is harmless, the next leads inside."""
    with web() as one:
        port = int(one.url.rpartition(":")[2])
        one.says("/a", "", status=302, location=f"http://harmless.example:{port}/b")
        one.says("/b", PAGE)
        answers = iter([["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]])
        asked: list[str] = []

        def resolve(host: str, _: int) -> list[str]:
            asked.append(host)
            return next(answers)

        with world(tmp_path, resolve=resolve, fetch_robots=False) as own:
            summary = own.ingest(f"http://harmless.example:{port}/a", robots=False)

    assert [rejection.reason for rejection in summary.rejected] == [
        "harmless.example is 10.0.0.1, inside the network; FOOTNOTE_FETCH_NETWORKS can allow it"
    ]
    assert asked == ["harmless.example"] * 2
    assert one.paths() == ["/a"]


def test_of_several_addresses_only_those_that_may_are_connected_to() -> None:
    guard = Guard([ip_network("127.0.0.0/8")], lambda *_: ["10.0.0.1", "127.0.0.1", "::1"])

    assert guard.reachable("x.example", 80) == ["127.0.0.1"]


def test_a_name_that_is_not_found_in_time_is_given_up() -> None:
    clock = Clock()

    def slow(_: str, __: int) -> list[str]:
        sleep(0.5)
        return []

    guard = Guard((), slow)
    fetcher = Fetcher(guard, Pace(0, clock), clock, Bounds(seconds=0.1))

    with pytest.raises(Unfetched, match="could not be found in|took longer than"):
        fetcher.get("http://slow.example/")


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    clock = Clock()
    with web() as one:
        one.says("/a", PAGE)
        came = Fetcher(Guard([ip_network("127.0.0.0/8")]), Pace(0, clock), clock).get(f"{one.url}/a")

    assert isinstance(came, Fetched)
    assert came.body.decode() == PAGE


def test_who_asks_is_said_and_validators_are_sent_back_word_for_word() -> None:
    clock = Clock()
    fetcher = Fetcher(Guard([ip_network("127.0.0.0/8")]), Pace(0, clock), clock, contact="https://example.org/about")
    with web() as one:
        one.says("/a", "", status=304, etag='W/"2"')
        again = fetcher.get(f"{one.url}/a#part", Validators('W/"1"', "Mon, 02 Mar 2026 00:00:00 GMT"))
        [(path, sent)] = one.asked

    # A 304 may bring a new ETag beside the same date: who kept the old one would never again be told "unchanged".
    assert again.validators == Validators('W/"2"', "Mon, 02 Mar 2026 00:00:00 GMT")
    assert path == "/a"
    assert sent["user-agent"].startswith("Footnote/")
    assert sent["user-agent"].endswith(" (+https://example.org/about)")
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"1"', "Mon, 02 Mar 2026 00:00:00 GMT")


def test_requests_to_one_host_are_apart_and_those_to_another_do_not_wait() -> None:
    clock = Hands(NOW)
    pace = Pace(2.0, clock)
    for host in ("a", "a", "b", "a"):
        pace.wait(host)

    assert clock.at == NOW + 4
    pace.hold("a", 3_600)
    with pytest.raises(Unfetched, match="wants to be left alone for 3600 seconds"):
        pace.wait("a")


@pytest.mark.parametrize(
    "same",
    [
        "http://example.org/a/b",
        "https://www.example.org/a/b/",
        "https://EXAMPLE.org:443/a/b?utm_source=rss&fbclid=1#top",
        "https://example.org/a/b?at_medium=RSS&ns_mchannel=rss&CMP=x",
    ],
)
def test_ways_of_writing_one_address_are_one(same: str) -> None:
    assert key(same) == "example.org/a/b"


@pytest.mark.parametrize(
    "other",
    [
        *("https://example.org/a/B", "https://example.org/a/b?id=1", "https://blog.example.org/a/b"),
        *("https://example.org/?the-story", "https://example.org/#!/a/b", "https://m.example.org/a/b"),
    ],
)
def test_other_addresses_are_others(other: str) -> None:
    assert key(other) not in {"example.org/a/b", "example.org"}


def test_an_article_is_called_by_its_address() -> None:
    assert name("https://www.example.org/2026/harbour?utm_medium=x") == "www.example.org/2026/harbour"
    assert name("https://example.org/?p=12") == "example.org?p=12"
    assert len(name(f"https://example.org/{'x' * 900}")) == len("example.org/") + 32


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        ("https://www.example.org/true", "https://www.example.org/true"),
        ("https://other.org/true", "https://example.org/a"),
        ("https://evil.example.org/true", "https://example.org/a"),
        ("https://example.org/", "https://example.org/a"),
        (None, "https://example.org/a"),
    ],
)
def test_a_page_is_believed_about_its_own_host_alone(claimed: str | None, believed: str) -> None:
    assert stated(claimed, "https://example.org/a?utm_source=x") == believed


@given(st.text(max_size=80))
def test_any_text_is_an_address_that_can_be_told(text: str) -> None:
    address = f"https://example.org/{text}"

    assert clean(clean(address)) == clean(address)
    assert kind_of(text.encode("utf-8", "replace")) in ("feed", "json feed", "sitemap", "sitemaps", "page")
    suffix_of(text.encode("utf-8", "replace"), "")


@given(st.binary(max_size=200))
def test_any_bytes_are_of_some_kind(body: bytes) -> None:
    assert kind_of(body) in ("feed", "json feed", "sitemap", "sitemaps", "page")


def test_feeds_are_read_in_a_process_of_their_own() -> None:
    found = parsed(Fetched("http://example.org/feed", rss(item("/a?x=1", "A &amp; B", "1", NOW)).encode()), "feed")

    assert [(one.link, one.title, one.published) for one in found.entries] == [
        ("http://example.org/a?x=1", "A & B", "2026-03-02T00:00:00+00:00")
    ]
    with pytest.raises(Unfetched, match="damaged"):
        parsed(Fetched("http://example.org/feed", b"<rss><<"), "feed")


def test_dates_are_the_pages_then_the_feeds_and_never_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = '<meta property="article:published_time" content="2026-03-01T08:00:00Z">'
    wrong = '<meta property="article:published_time" content="2099-03-01T08:00:00Z">'
    with web() as one, one_reader(monkeypatch), world(tmp_path, Hands(NOW)) as own:
        one.says("/1", story("One", SAID, MORE, markup=stated))
        one.says("/2", story("Two", SAID, MORE))
        one.says("/3", story("Three", SAID, MORE, markup=wrong))
        one.says("/4", story("Four", SAID, MORE))
        at = {1: NOW - 7_200, 2: NOW - 7_200, 3: NOW - 7_200, 4: NOW + 10 * 86_400}
        one.says("/feed", rss(*(item(f"/{n}", f"Story {n}", str(n), when) for n, when in at.items())), XML)
        own.ingest(f"{one.url}/feed")
        articles = {title: own.index.article(id) for id, title in own.articles().items()}

    dated = {title: (article.published_at, article.date_basis) for title, article in articles.items()}
    assert dated == {
        "One": ("2026-03-01T08:00:00Z", "stated"),
        "Two": ("2026-03-01T22:00:00+00:00", "given"),
        "Three": ("2026-03-01T22:00:00+00:00", "given"),
        "Four": (None, None),
    }
    assert articles["Four"].metadata["published_at_said"].startswith("2026-03-12")


def test_a_page_that_is_gone_leaves_its_article_and_the_ledger_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web() as one, one_reader(monkeypatch), world(tmp_path, Hands(NOW)) as own:
        one.says("/a", PAGE)
        own.ingest(f"{one.url}/a")
        one.says("/a", "", status=410)
        again = own.ingest(f"{one.url}/a")

        assert list(own.articles().values()) == ["Harbour closed"]
        assert [one.reason for one in again.rejected] == ["answers 410; what it said stays in the archive"]
        assert own.reasons() == {f"{one.url}/a": "answers 410; what it said stays in the archive"}


def test_what_a_feed_says_never_takes_the_place_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with web() as one, one_reader(monkeypatch), world(tmp_path, Hands(NOW)) as own:
        one.says("/a", PAGE)
        own.ingest(f"{one.url}/a")
        one.says("/a", "", status=403)
        one.says("/feed", rss(item("/a", "Harbour closed", "1", text="Something else altogether.")), XML)
        own.ingest(f"{one.url}/feed")

        [id] = own.articles()
        assert SAID in own.index.article(id).text


def test_two_feeds_with_one_article_bring_it_once_with_the_tags_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web() as one, one_reader(monkeypatch), world(tmp_path, Hands(NOW)) as own:
        one.says("/a", PAGE)
        for feed, tag in (("/world", "World"), ("/ports", "Ports")):
            one.says(feed, rss(item(f"/a?utm_source={tag}", "Harbour closed", tag)), XML)
        summaries = [
            own.ingest(one.url + feed, tags=(tag,)) for feed, tag in (("/world", "World"), ("/ports", "Ports"))
        ]
        again = own.ingest(f"{one.url}/world", tags=("World",))

        counts = [(one.added, one.replaced, one.unchanged) for one in (*summaries, again)]
        assert counts == [
            (1, 0, 0),
            (0, 1, 0),
            (0, 0, 1),
        ]
        [id] = own.articles()
        assert own.index.article(id).tags == ("World", "Ports")


def test_a_feeds_article_comes_from_its_page_once_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with web() as one, one_reader(monkeypatch), world(tmp_path, Hands(NOW)) as own:
        one.says("/feed", rss(item("/a", "Harbour closed", "1", text=DIGEST)), XML)
        one.says("/a", "", status=503)
        first = own.ingest(f"{one.url}/feed")
        one.says("/a", PAGE)
        second = own.ingest(f"{one.url}/feed")

        assert [rejection.reason for rejection in first.rejected] == ["answers 503; it is tried again"]
        assert (second.added, second.rejected) == (1, [])


def test_the_command_takes_addresses_beside_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder())
    monkeypatch.setenv("FOOTNOTE_FETCH_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("FOOTNOTE_FETCH_PAUSE", "0")
    (tmp_path / "b.txt").write_text("Bridge open\n\nThe bridge was opened.")
    with web() as one, one_reader(monkeypatch):
        one.says("/a", PAGE)
        said = ["ingest", "--data", str(tmp_path / "data"), f"{one.url}/a", str(tmp_path / "b.txt"), f"{one.url}/c"]
        monkeypatch.setattr("sys.argv", ["footnote", *said])
        with pytest.raises(SystemExit) as ended:
            cli.main()

    assert ended.value.code == 1
    assert capsys.readouterr().out == (
        f"2 added, 0 unchanged, 0 replaced, 1 rejected\nrejected: {one.url}/c: answers 404\n"
    )


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("htps://harbour.example/a", "is no http:// or https:// address"),
        ("http://harbour.example:25/a", "has port 25, which is none of the web"),
    ],
)
def test_a_wrong_address_is_refused_before_anything_is_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str, why: str
) -> None:
    (tmp_path / "b.txt").write_text("Bridge open\n\nThe bridge was opened.")
    said = ["ingest", "--data", str(tmp_path / "data"), str(tmp_path / "b.txt"), wrong]
    monkeypatch.setattr("sys.argv", ["footnote", *said])
    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 2
    assert capsys.readouterr().err == f"footnote: {wrong}: {why}\n"
    assert not (tmp_path / "data").exists()


def test_sources_are_watched_inside_the_service_and_everyone_sees_how_fresh_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "KEPT_SECONDS", 0.0)
    with web() as one, one_reader(monkeypatch):
        one.says("/feed", rss(item("/a", "Harbour closed", "1")), XML)
        one.says("/a", PAGE)
        file = tmp_path / "sources.toml"
        file.write_text(
            "".join(
                f'[[source]]\nname = "{name}"\naddress = "{one.url}{path}"\n'
                for name, path in (("Paper", "/feed"), ("Gone", "/x"))
            )
        )
        said: dict[str, Any] = {"sources": file, "fetch_networks": "127.0.0.0/8", "fetch_pause": 0}
        with served(tmp_path / "data", Article("b", "Bridge", "The bridge was opened."), **said) as client:
            _wait(
                lambda: all(
                    feed["tried_at"] for feed in client.get("/v1/feeds").json()["feeds"] or [{"tried_at": None}]
                )
            )
            feeds = client.get("/v1/feeds").json()["feeds"]
            ready = client.get("/readyz").json()
            reply = client.post("/v1/ask", json={"question": "why was the harbour closed?"}).json()
            sources = client.get("/v1/sources").json()

    assert [(feed["name"], feed["state"], feed["reason"]) for feed in feeds] == [
        ("Gone", "failing", "answers 404"),
        ("Paper", "fresh", None),
    ]
    assert (ready["articles"], ready["feeds"]["failing"], ready["feeds"]["silent"]) == (2, ["Gone"], [])
    assert reply["index"]["feeds"] == ready["feeds"]
    assert ready["feeds"]["brought_at"] == feeds[1]["brought_at"]
    assert sources["feeds"] == feeds


def _wait(done: Any) -> None:
    for _ in range(600):
        if done():
            return
        sleep(0.05)
    raise AssertionError("it did not happen")


def test_an_address_that_needs_a_resolver_is_never_a_way_around_it() -> None:
    """Numbers that resolvers take for addresses are judged as what they lead to."""
    for odd in ("http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/"):
        host = odd[7:-1]
        try:
            socket.getaddrinfo(host, 80)
        except OSError:
            continue
        with pytest.raises(Forbidden):
            Guard().reachable(host, 80)


def test_many_threads_share_one_pace() -> None:
    clock = Clock(Event())
    pace = Pace(0.02, clock)
    before = clock.ticks()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.wait("a"), range(8)))

    assert clock.ticks() - before >= 0.14
