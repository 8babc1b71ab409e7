"""How every tool is asked and what it shows is read, by that tool's own client or verifier."""

import html
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from httpx2 import Client
from lxml.html import HtmlElement, fromstring
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mcp import Client as McpClient
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult
from openai import OpenAI
from playwright.sync_api import Page

from service.chat.markdown import address
from service.terminal import inert
from service.writing.words import TAKEN, VERDICTS
from tests.browser import chromium, opened
from tests.discord import Discord, command, shown
from tests.discord import signed as signed_by_discord
from tests.processes import FOOTNOTE
from tests.slack import FORM, Slack, words
from tests.slack import command as slash
from tests.slack import signed as signed_by_slack
from tests.test_chat_mattermost import TOKEN
from tests.test_chat_mcp import data as mcp_data
from tests.test_chat_mcp import said as mcp_said
from tests.test_chat_mcp import talk
from tests.test_chat_teams import activity, lines, runs
from tests.test_chat_teams import signed as signed_by_teams

# Longer quotes of what does not answer are cut where a tool has no room.
COMPARED = 250
UNHURRIED = str(3_600_000)  # milliseconds
HIDDEN = "\u200b"
NUMBERED = re.compile(r" \[(\d+)\]$")
# A question of the widget's is over once nothing is awaited and its answer or the nearest passages stand there.
SETTLED = """() => {
  const root = document.querySelector("footnote-ask").shadowRoot;
  const heading = root.querySelector("#sources h2")?.textContent;
  return root.querySelector("#answer").getAttribute("aria-busy") === "false" && heading && heading !== "Found";
}"""
READ = """() => {
  const root = document.querySelector("footnote-ask").shadowRoot;
  const text = (element) => {
    const copy = element.cloneNode(true);
    for (const note of copy.querySelectorAll("button")) note.textContent = `[${note.textContent}]`;
    for (const hint of copy.querySelectorAll(".hint")) hint.remove();
    return copy.textContent;
  };
  const items = root.querySelector("#sources ol").children;
  return {
    status: root.querySelector("#status").textContent,
    lines: [...root.querySelectorAll("#answer p")].map(text),
    notes: [...items].map((item) => ({
      number: item.dataset.source,
      title: text(item.querySelector(".title")),
      link: item.querySelector(".title a").href,
      about: text(item.querySelector(".about")).split(" · ").filter((part) => part && !part.startsWith("also in ")),
      quote: item.querySelector("blockquote").textContent,
    })),
  };
}"""
NOTE = re.compile(r"\[(\d+)\] ", re.DOTALL)


class Told(NamedTuple):
    """What is read: heading, lines with numbers, remarks; of each note its number, title and what follows, and link."""

    said: list[str]
    notes: list[tuple[int, str, str]]


class Service(NamedTuple):
    data: Path
    url: str
    slack: Slack
    discord: Discord
    host: str
    pages: dict[str, str]

    def post(self, path: str, **request: Any) -> Any:
        with Client(timeout=120) as client:
            reply = client.post(self.url + path, **request)
        assert reply.status_code in (200, 201), reply.text
        return reply.json() if reply.content else None


def note(number: int | str, about: str, link: str) -> tuple[int, str, str]:
    """As far as every tool has room for it, in the form that is compared."""
    return int(number), inert(about.replace("“ ", "“"))[:COMPARED].rstrip("…” "), address(link)


def openai(service: Service, questions: list[str]) -> list[Told]:
    with OpenAI(base_url=f"{service.url}/v1", api_key="none") as client:
        return [_by_openai(client, question) for question in questions]


def _by_openai(client: OpenAI, question: str) -> Told:
    messages: Any = [{"role": "user", "content": question}]
    said = client.chat.completions.create(model="footnote", messages=messages).choices[0].message
    assert said.content is not None
    told = markdown(said.content)
    cited = {(one.url_citation.title, one.url_citation.url) for one in said.annotations or []}
    assert {link for _, link in cited} == ({link for _, _, link in told.notes} if cited else set())
    return told


def markdown(text: str) -> Told:
    """As a renderer of Markdown shows it: paragraphs, of which one introduces the notes, and a list of them."""
    inlines = [token for token in MarkdownIt().parse(text) if token.type == "inline"]
    parts = [(_text(token.children or []), _links(token.children or [])) for token in inlines]
    said = [words for words, links in parts if not links]
    assert said[-1] in ("Sources:", "The nearest passages:")
    notes = [(NOTE.match(words), words, links) for words, links in parts if links]
    return Told(said[:-1], [note(found[1], words[found.end() :], link) for found, words, [link] in notes if found])


def _text(tokens: Sequence[Token]) -> str:
    assert {token.type for token in tokens} <= {"text", "text_special", "link_open", "link_close"}
    return "".join(token.content for token in tokens).replace(HIDDEN, "")


def _links(tokens: Sequence[Token]) -> list[str]:
    return [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]


def mcp_over_http(service: Service, questions: list[str]) -> list[Told]:
    return _by_mcp(f"{service.url}/mcp", questions)


def mcp_over_stdio(service: Service, questions: list[str]) -> list[Told]:
    environment = {"HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(sys.path), "FOOTNOTE_READER_MS": UNHURRIED}
    command, *arguments = [*FOOTNOTE, "mcp", "--data", str(service.data)]
    return _by_mcp(StdioServerParameters(command=command, args=arguments, env={**os.environ, **environment}), questions)


def _by_mcp(to: Any, questions: list[str]) -> list[Told]:
    async def conversation(client: McpClient) -> list[Told]:
        return [_answered(await client.call_tool("ask", {"question": question})) for question in questions]

    return talk(to, conversation)


def _answered(result: CallToolResult) -> Told:
    """As the text has it, whose numbers and links the data must have too."""
    *said, noted = mcp_said(result).split("\n\n")
    introduction, *rest = noted.split("\n")
    assert introduction in ("Sources:", "The nearest passages:")
    notes = [_mcp_note(one) for one in re.split(r"\n(?=\[)", "\n".join(rest))]
    links = {one["citation"]: address(one["link"]) for one in mcp_data(result)["passages"]}
    assert all(link == links[number] for number, _, link in notes)
    return Told([line for block in said for line in block.split("\n")], notes)


def _mcp_note(text: str) -> tuple[int, str, str]:
    about, *quotes, link = (line.strip() for line in text.split("\n"))
    found = NOTE.match(about)
    assert found, text
    return note(found[1], ": ".join([about[found.end() :], *quotes]), link)


def mattermost(service: Service, questions: list[str]) -> list[Told]:
    asked = ({"token": TOKEN, "command": "/ask", "text": question} for question in questions)
    return [markdown(service.post("/chat/mattermost", data=one)["text"]) for one in asked]


def by_slack(service: Service, questions: list[str]) -> list[Told]:
    for number, question in enumerate(questions):
        body = slash(html.escape(question, quote=False), service.slack.response_url(str(number)), f"c.{number}")
        service.post("/chat/slack", **signed_by_slack(body, FORM))
    posts = service.slack.sent(len(questions), within=120)
    assert not [post for post in posts if "unfit" in post]
    return [_by_slack(post) for post in sorted(posts, key=lambda post: int(post["path"].rpartition("/")[2]))]


def _by_slack(post: dict[str, Any]) -> Told:
    parts = [one.replace(HIDDEN, "") for one in words(post)]
    at = next(at for at, one in enumerate(parts) if one in ("Sources:", "The nearest passages:"))
    said = [re.sub(r"^\*(.*?:)\* ", r"\1 ", html.unescape(one)) for one in parts[:at]]
    return Told(said, [_slack_note(one) for one in parts[at + 1 :]])


def _slack_note(text: str) -> tuple[int, str, str]:
    found = re.fullmatch(r"\[(\d+)\] <([^|>]*)\|([^<>]*)>([^<>]*)", text, re.DOTALL)
    assert found, text
    return note(found[1], html.unescape(found[3] + found[4]), html.unescape(found[2]))


def teams(service: Service, questions: list[str]) -> list[Told]:
    asked = (activity(html.escape(question), f"c{number}") for number, question in enumerate(questions))
    return [_by_teams(service.post("/chat/teams", **signed_by_teams(one))) for one in asked]


def _by_teams(message: dict[str, Any]) -> Told:
    read = lines(message)
    at = next(at for at, one in enumerate(read) if one in ("Sources:", "The nearest passages:"))
    links = [run["selectAction"]["url"] for run in runs(message) if "selectAction" in run]
    notes = [(NOTE.match(one), one) for one in read[at + 1 :]]
    return Told(
        read[:at],
        [note(found[1], one[found.end() :], link) for (found, one), link in zip(notes, links, strict=True) if found],
    )


def by_discord(service: Service, questions: list[str]) -> list[Told]:
    for number, question in enumerate(questions):
        asked = command(question, f"{1000 + number}", token=f"T{number}")
        assert service.post("/chat/discord", **signed_by_discord(asked)) == {"type": 5}
    patches = service.discord.sent(len(questions), within=120)
    assert not [patch for patch in patches if "unfit" in patch]
    return [_by_discord(patch) for patch in sorted(patches, key=lambda patch: int(patch["token"][1:]))]


def _by_discord(patch: dict[str, Any]) -> Told:
    [embed] = patch["embeds"]
    *said, introduction = shown(embed["description"]).text.split("\n\n")
    assert introduction in ("Sources:", "The nearest passages:")
    return Told(said, [_discord_note(field) for field in embed["fields"]])


def _discord_note(field: dict[str, Any]) -> tuple[int, str, str]:
    name, value = shown(field["name"]).text, shown(field["value"])
    found = NOTE.match(name)
    assert found
    about, _, quote = value.text.partition("\n")
    about = about.removesuffix("Open").removesuffix(" · ")
    title = name[found.end() :] + (f", {about}" if about else "")
    return note(found[1], f"{title}: {quote}" if quote else title, value.links[0])


def kept(service: Service, questions: list[str]) -> list[Told]:
    """The pages under which answers are kept."""
    made = [service.post("/v1/answers", json={"question": question}) for question in questions]
    with Client(base_url=service.url) as client:
        return [_by_page(fromstring(client.get(f"/a/{one['id']}").text)) for one in made]


def _by_page(page: HtmlElement) -> Told:
    said = [_line(one) for one in page.xpath("//section/p")]
    return Told(
        said, [_listed(one, is_quoted=not page.xpath("//p[@class='sentence']")) for one in page.xpath("//li[@id]")]
    )


def _line(line: HtmlElement) -> str:
    for number in line.xpath("a[@class='note']"):
        number.text = f" [{number.text}]"
    return inert(str(line.text_content()))


def _listed(item: HtmlElement, *, is_quoted: bool) -> tuple[int, str, str]:
    [title], quotes = item.xpath("(h2 | h3)/a"), item.xpath("blockquote")
    about = [str(one.text_content()) for one in (title, *item.xpath("p[@class='source']"))]
    named = ", ".join(one for one in about if one.strip())
    quote = f": “{quotes[0].text_content()}”" if is_quoted else ""
    return note(item.get("id")[1:], named + quote, title.get("href"))


def widget(service: Service, questions: list[str]) -> list[Told]:
    """The question box on another site's page, in Chromium."""
    script = f'<script src="{service.url}/widget.js"></script>'
    box = f'<!doctype html><html lang="en"><title>Host</title><body>{script}</body></html>'
    service.pages["/"] = box
    with chromium() as browser, opened(browser, f"{service.host}/") as seen:
        told = [_by_widget(seen.page, question) for question in questions]
        assert seen.dialogs == []
    return told


def _by_widget(page: Page, question: str) -> Told:
    page.locator("footnote-ask #q").fill(question)
    page.keyboard.press("Enter")
    page.wait_for_function(SETTLED, timeout=120_000)
    read = page.evaluate(READ)
    heading = [read["status"]] if read["status"] != VERDICTS["answered"] else []
    # It also shows which words of a false premise the archive denies.
    read["lines"] = [line for line in read["lines"] if not line.startswith(TAKEN)]
    is_quoted = not any(NUMBERED.search(line) for line in read["lines"])
    notes = [_widget_note(one, is_quoted=is_quoted) for one in read["notes"]]
    return Told([inert(one) for one in [*heading, *read["lines"]]], notes)


def _widget_note(one: dict[str, Any], *, is_quoted: bool) -> tuple[int, str, str]:
    named = ", ".join([one["title"], *one["about"]])
    # The link leads to the quote in the page, by a text fragment after the article's address.
    link = re.sub(r"#?:~:text=.*", "", one["link"])
    return note(one["number"], f"{named}: “{one['quote']}”" if is_quoted else named, link)


def open_webui(service: Service, questions: list[str]) -> list[Told]:
    """The text, and the chips that Open WebUI makes of the source events of a stream."""
    with OpenAI(base_url=f"{service.url}/v1", api_key="none") as client:
        return [_by_open_webui(client, question) for question in questions]


def _by_open_webui(client: OpenAI, question: str) -> Told:
    messages: Any = [{"role": "user", "content": question}]
    stream = client.chat.completions.create(model="footnote", messages=messages, stream=True)
    pieces: list[Any] = [piece.to_dict() for piece in stream]
    text = "".join(one["delta"].get("content") or "" for piece in pieces for one in piece["choices"])
    told, chips = markdown(text), _chips([piece["event"]["data"] for piece in pieces if "event" in piece])
    for number, about, link in told.notes:
        title, opened_at, _ = chips[number - 1]
        assert link == re.sub("#[0-9a-f]{16}$", "", opened_at)
        assert about.startswith(inert(title)[:COMPARED].rstrip("…” "))
    for said, at in (NUMBERED.split(line)[:2] for line in told.said if NUMBERED.search(line)):
        # A line for one of several periods begins with that.
        assert said in (quote := chips[int(at) - 1][2]) or said.partition(": ")[2] in quote
    return told


def _chips(sources: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Title, address and words of each chip, in order; ``[n]`` in the text is the n-th.

    As its client groups them: a document with its metadata each, those of one ``metadata.source`` under one chip.
    """
    chips: dict[str, tuple[str, list[str]]] = {}
    for source in sources:
        for document, about in zip(source["document"], source["metadata"], strict=True):
            chips.setdefault(about["source"], (about["name"], []))[1].append(document)
    return [(name, address, _shown("\n\n".join(documents))) for address, (name, documents) in chips.items()]


def _shown(text: str) -> str:
    inlines = [token for token in MarkdownIt().parse(text) if token.type == "inline"]
    return " ".join(_text(token.children or []) for token in inlines)


TOOLS: dict[str, Callable[[Service, list[str]], list[Told]]] = {
    "openai": openai,
    "MCP over HTTP": mcp_over_http,
    "MCP over stdio": mcp_over_stdio,
    "slack": by_slack,
    "mattermost": mattermost,
    "teams": teams,
    "discord": by_discord,
    "kept page": kept,
    "widget": widget,
    "Open WebUI": open_webui,
}
