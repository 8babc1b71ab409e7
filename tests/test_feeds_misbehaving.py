"""What becomes of an address whose server misbehaves: the table in docs/feeds.md, row by row, against a real server."""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping

import pytest

from index.ingest import Summary
from service.feeds import fetching
from tests.test_packaging import ROOT
from tests.web import HTML, XML, Request, Web, World, item, one_reader, rss, story, web, world

SAID = "The harbour was closed on Tuesday after a crane fell into the basin, and it stayed closed for nine days."
MORE = "Nobody was hurt, said the master of the port, and ships were led to the old quay in the meantime."
PAGE = story("Harbour closed", SAID, MORE)
DIGEST = "The harbour was closed on Tuesday."
TABLE = (
    (ROOT / "docs/feeds.md")
    .read_text(encoding="utf-8")
    .partition("| the server, or the feed | what becomes of it |")[2]
)
ROWS = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", TABLE, re.MULTILINE))

Case = Callable[[Web], None]
CASES: dict[str, tuple[Case, str]] = {}


def case(name: str, path: str = "/a") -> Callable[[Case], Case]:
    """``path`` is the address that is given."""

    def known(build: Case) -> Case:
        CASES[name] = (build, path)
        return build

    return known


def behind_a_feed(web: Web) -> None:
    """A feed with one entry, whose page is at /a."""
    web.says("/feed", rss(item("/a", "Harbour closed", "1", text=DIGEST)), XML)


# Redirects


@case("redirects to itself")
def _(web: Web) -> None:
    web.leads("/a", "/a")


@case("redirects in a circle of two")
def _(web: Web) -> None:
    web.leads("/a", "/b")
    web.leads("/b", "/a")


@case("redirects five times, then answers")
def _(web: Web) -> None:
    for number in range(5):
        web.leads("/a" if not number else f"/{number}", f"/{number + 1}")
    web.says("/5", PAGE)


@case("redirects to an address inside the network")
def _(web: Web) -> None:
    web.leads("/a", "http://10.0.0.1/secret")


@case("redirects to this machine's own IPv6 address")
def _(web: Web) -> None:
    web.leads("/a", "http://[::1]:8000/v1/articles")


@case("redirects to this machine, written as IPv4 inside IPv6")
def _(web: Web) -> None:
    web.leads("/a", "http://[::ffff:192.168.0.1]/")


@case("redirects to a cloud's metadata")
def _(web: Web) -> None:
    web.leads("/a", "http://169.254.169.254/latest/meta-data/")


@case("redirects to a file")
def _(web: Web) -> None:
    web.leads("/a", "file:///etc/passwd")


@case("redirects to a mail server's port")
def _(web: Web) -> None:
    web.leads("/a", "http://127.0.0.1:25/")


@case("redirects with a password in the address")
def _(web: Web) -> None:
    web.leads("/a", "http://user:secret@127.0.0.1/")


@case("redirects without saying where")
def _(web: Web) -> None:
    web.says("/a", b"", status=302)


# Time and size


@case("sends its headers a byte at a time, for ever")
def _(web: Web) -> None:
    web.answers["/a"] = lambda request: request.drips(b"HTTP/1.1 200 OK\r\nx: ", b"y")


@case("sends headers without end, fast")
def _(web: Web) -> None:
    web.answers["/a"] = lambda request: request.drips(b"HTTP/1.1 200 OK\r\n", b"x: yyyyyyyy\r\n" * 4_000, pause=0)


@case("says nothing at all")
def _(web: Web) -> None:
    web.answers["/a"] = lambda request: request.drips(b"", pause=0.8, times=1)


@case("sends its body a byte at a time, for ever")
def _(web: Web) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n"
    web.answers["/a"] = lambda request: request.drips(head, b"<p>")


@case("sends a body without end")
def _(web: Web) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n"
    web.answers["/a"] = lambda request: request.drips(head, b"<p>hello</p>" * 40_000, pause=0, times=1_000)


@case("sends a gzip bomb: 20 KB that unpack to 20 MB")
def _(web: Web) -> None:
    web.says("/a", gzip.compress(bytes(20 * 2**20)), content_encoding="gzip")


@case("sends a bomb that calls itself deflate")
def _(web: Web) -> None:
    web.says("/a", zlib.compress(bytes(20 * 2**20), wbits=-15), content_encoding="deflate")


@case("sends Brotli, which was not asked for")
def _(web: Web) -> None:
    web.says("/a", b"\x1b\xff\xff\xff", content_encoding="br")


@case("packs what it packed", "/a")
def _(web: Web) -> None:
    web.says("/a", gzip.compress(gzip.compress(PAGE.encode())), content_encoding="gzip, gzip")


@case("packs as gzip, as was asked for")
def _(web: Web) -> None:
    web.says("/a", gzip.compress(PAGE.encode()), content_encoding="gzip")


@case("packs as deflate without its header, as many do")
def _(web: Web) -> None:
    web.says("/a", zlib.compress(PAGE.encode(), wbits=-15), content_encoding="deflate")


@case("breaks off in the middle of its gzip")
def _(web: Web) -> None:
    web.says("/a", gzip.compress(PAGE.encode())[:-20], content_encoding="gzip")


@case("breaks off before the length that it said")
def _(web: Web) -> None:
    web.answers["/a"] = lambda request: request.says(PAGE.encode()[:500], content_length="5000")


# Statuses


@case("answers 404")
def _(_: Web) -> None:
    pass


@case("answers 500")
def _(web: Web) -> None:
    web.says("/a", "oops", status=500)


@case("answers 429 with Retry-After in seconds")
def _(web: Web) -> None:
    web.says("/a", "", status=429, retry_after="120")


@case("answers 503 with Retry-After as a date, by a clock that is years behind")
def _(web: Web) -> None:
    dates = {"date": "Mon, 02 Jan 2006 15:00:00 GMT", "retry_after": "Mon, 02 Jan 2006 15:10:00 GMT"}

    def busy(request: Request) -> None:
        request.send_response_only(503)
        for name, value in dates.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("content-length", "0")
        request.end_headers()

    web.answers["/a"] = busy


@case("answers 429 and wants to be left alone for a thousand years")
def _(web: Web) -> None:
    web.says("/a", "", status=429, retry_after="31536000000")


@case("answers 304, though nothing was said of what is known")
def _(web: Web) -> None:
    web.answers["/a"] = lambda request: request.says(b"", status=304)


@case("answers 200 with nothing")
def _(web: Web) -> None:
    web.says("/a", "")


@case("is no web server")
def _(web: Web) -> None:
    web.answers["/a"] = lambda request: request.drips(b"220 mail.example.org ESMTP\r\n", pause=0, times=1)


# What comes


@case("sends a page that it calls a feed")
def _(web: Web) -> None:
    web.says("/a", PAGE, "application/rss+xml")


@case("sends a feed that it calls a page", "/feed")
def _(web: Web) -> None:
    web.says("/feed", rss(item("/a", "Harbour closed")), HTML)
    web.says("/a", PAGE)


@case("sends a picture that it calls a page")
def _(web: Web) -> None:
    web.says("/a", b"\x89PNG\r\n\x1a\n" + bytes(200), HTML)


@case("sends a program")
def _(web: Web) -> None:
    web.says("/a", b"\x7fELF" + bytes(200), "application/octet-stream")


@case("sends plain text")
def _(web: Web) -> None:
    web.says("/a", f"Harbour closed\n\n{SAID}", "text/plain; charset=utf-8")


@case("sends JSON that is no feed")
def _(web: Web) -> None:
    web.says("/a", '{"title": "x"}', "application/json")


@case("sends windows-1252 that it calls UTF-8, and says so in the page")
def _(web: Web) -> None:
    told = PAGE.replace("utf-8", "windows-1252").replace("nine days", "nine days – “all of them”")
    web.says("/a", told.encode("cp1252"))


@case("sends UTF-8 with a charset that nobody knows")
def _(web: Web) -> None:
    web.says("/a", PAGE.replace("crane", "crâne"), "text/html; charset=klingon")


@case("sends a page without a story")
def _(web: Web) -> None:
    web.says("/a", "<html><body><nav><a href='/'>Home</a></nav></body></html>")


# robots.txt


@case("robots.txt asks not to fetch it")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.says("/robots.txt", "User-agent: *\nDisallow: /\n", "text/plain")


@case("robots.txt asks only others not to")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.says("/robots.txt", "User-agent: footnote\nAllow: /a\n\nUser-agent: *\nDisallow: /\n", "text/plain")


@case("robots.txt is empty")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.says("/robots.txt", "", "text/plain")


@case("robots.txt is forbidden (403)")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.says("/robots.txt", "no", status=403)


@case("robots.txt fails (500)")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.says("/robots.txt", "oops", status=500)


@case("robots.txt has 2 MB, and forbids the page in its first lines")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.says("/robots.txt", "User-agent: *\nDisallow: /a\n" + "# more\n" * 300_000, "text/plain")


@case("robots.txt is a page of HTML")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.says("/robots.txt", PAGE)


@case("robots.txt redirects in a circle")
def _(web: Web) -> None:
    web.says("/a", PAGE)
    web.leads("/robots.txt", "/robots.txt")


# Feeds


@case("a feed's page is gone", "/feed")
def _(web: Web) -> None:
    behind_a_feed(web)


@case("a feed's page fails", "/feed")
def _(web: Web) -> None:
    behind_a_feed(web)
    web.says("/a", "oops", status=500)


@case("a feed's page redirects to the front page", "/feed")
def _(web: Web) -> None:
    behind_a_feed(web)
    web.leads("/a", "/")
    web.says("/", PAGE)


@case("a feed's page is forbidden by robots.txt", "/feed")
def _(web: Web) -> None:
    behind_a_feed(web)
    web.says("/a", PAGE)
    web.says("/robots.txt", "User-agent: *\nDisallow: /a\n", "text/plain")


@case("two entries of a feed lead to one page of consent", "/feed")
def _(web: Web) -> None:
    web.says(
        "/feed", rss(item("/a", "Harbour closed", "1", text=DIGEST), item("/b", "Bridge open", "2", text=MORE)), XML
    )
    web.leads("/a", "/consent")
    web.leads("/b", "/consent")
    web.says("/consent", PAGE)


@case("a page names another site's article as itself", "/a")
def _(web: Web) -> None:
    web.says("/a", story("Harbour closed", SAID, MORE, markup='<link rel="canonical" href="https://example.org/true">'))


@case("every page names the front page as itself", "/a")
def _(web: Web) -> None:
    web.says("/a", story("Harbour closed", SAID, MORE, markup=f'<link rel="canonical" href="{web.url}/">'))


@case("a feed links to places in one page", "/feed")
def _(web: Web) -> None:
    entries = [item(f"/a#v{n}", f"Version {n}", str(n), text=f"{n}. {MORE}") for n in (1, 2)]
    web.says("/feed", rss(*entries), XML)
    web.says("/a", PAGE)


@case("a feed gives all entries one id", "/feed")
def _(web: Web) -> None:
    web.says("/feed", rss(item("/a", "Harbour closed", "1"), item("/b", "Bridge open", "1")), XML)
    web.says("/a", PAGE)
    web.says("/b", story("Bridge open", MORE, SAID))


@case("a feed lists an entry twice", "/feed")
def _(web: Web) -> None:
    web.says("/feed", rss(item("/a", "Harbour closed", "1"), item("/a?utm_source=rss", "Harbour closed", "2")), XML)
    web.says("/a", PAGE)


@case("a feed is cut off after its first entry", "/feed")
def _(web: Web) -> None:
    web.says("/feed", rss(item("/a", "Harbour closed", "1"), item("/b", "Bridge open", "2"))[:-70], XML)
    web.says("/a", PAGE)


@case("a feed is empty", "/feed")
def _(web: Web) -> None:
    web.says("/feed", rss(), XML)


@case("a feed is no XML at all", "/feed")
def _(web: Web) -> None:
    web.says("/feed", "<rss><<<>>>&&&", XML)


@case("a feed's entities are a bomb", "/feed")
def _(web: Web) -> None:
    more = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    feed = rss(item("/a", "Harbour closed")).replace("Harbour", "&l9;Harbour")
    web.says("/feed", f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{more}]>{feed}', XML)
    web.says("/a", PAGE)


@case("a feed's entity names a file of this machine", "/feed")
def _(web: Web) -> None:
    feed = rss(item("", "Harbour closed &passwd;", "1", text=DIGEST)).replace("&amp;", "&")
    web.says("/feed", f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>{feed}', XML)


@case("a sitemap's entities are a bomb", "/map")
def _(web: Web) -> None:
    more = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = f"<urlset><url><loc>{web.url}/&l9;</loc></url></urlset>"
    web.says("/map", f'<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY l0 "lol">{more}]>{body}', "text/xml")


@case("a sitemap of sitemaps, of which one is packed as a file and one is gone", "/map")
def _(web: Web) -> None:
    maps = f"<sitemap><loc>{web.url}/1.xml.gz</loc></sitemap><sitemap><loc>{web.url}/2.xml</loc></sitemap>"
    web.says("/map", f"<sitemapindex>{maps}</sitemapindex>", "text/xml")
    web.says(
        "/1.xml.gz", gzip.compress(f"<urlset><url><loc>{web.url}/a</loc></url></urlset>".encode()), "application/gzip"
    )
    web.says("/a", PAGE)


@case("a sitemap of sitemaps that lists itself", "/map")
def _(web: Web) -> None:
    web.says("/map", f"<sitemapindex><sitemap><loc>{web.url}/map</loc></sitemap></sitemapindex>", "text/xml")


@case("a JSON Feed", "/feed")
def _(web: Web) -> None:
    entry = {"id": 1, "url": f"{web.url}/a", "title": "Harbour closed"}
    web.says("/feed", json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [entry]}), "application/json")
    web.says("/a", PAGE)


@case("a feed links inside the network", "/feed")
def _(web: Web) -> None:
    web.says("/feed", rss(item("http://192.168.1.1/admin", "Harbour closed", "1", text=DIGEST)), XML)


@case("a feed links to no address", "/feed")
def _(web: Web) -> None:
    web.says("/feed", rss(item("javascript:alert(1)", "Harbour closed", "1", text=DIGEST)), XML)


@case("a feed has HTML in its titles, and scripts in its text", "/feed")
def _(web: Web) -> None:
    text = "<p>It was <b>closed</b>.</p><script>alert(1)</script>"
    web.says("/feed", rss(item("", "<b>Harbour</b> closed &amp; shut", "1", text=text)), XML)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, one_reader(patch):
        patch.setattr(fetching, "SILENT_SECONDS", 0.4)
        with world(tmp_path_factory.mktemp("world"), fetch_max_bytes=2**20, fetch_timeout=1) as made:
            yield made


@pytest.mark.parametrize("name", CASES)
def test_each_case_has_the_outcome_that_the_document_says(name: str, archive: World) -> None:
    build, path = CASES[name]
    with web() as one:
        build(one)
        before = archive.articles()
        summary = archive.ingest(one.url + path)

        assert told(archive, before, summary, one.url) == ROWS.get(name)


def test_the_document_has_no_case_that_is_not_tried() -> None:
    assert list(CASES) == list(ROWS)


def told(own: World, before: Mapping[str, str], summary: Summary, url: str) -> str:
    """What went in, by its title, each with what its feed had to stand in for; and why the rest did not."""
    ins = sorted(_in(own, id) for id in own.articles() if id not in before)
    said = [*ins, *(rejection.reason for rejection in summary.rejected)]
    return "; ".join(one.replace(url, "") for one in said)


def _in(own: World, id: str) -> str:
    article = own.index.article(id)
    path = (article.url or "").partition("//")[2].partition("/")[2]
    marks = [f" with “{mark}”" for mark in ("all of them", "crâne") if mark in article.text]
    instead = f" (its feed's words: {article.metadata['page']})" if "page" in article.metadata else ""
    return f"in: {article.title}{f' /{path}' if path else ''}{''.join(marks)}{instead}"
