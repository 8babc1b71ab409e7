"""The Model Context Protocol with its own client as the peer, over HTTP and over stdin and stdout."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, Literal, NoReturn, TypeVar

import httpx2
import pytest
from mcp import Client, types
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from index.embedding import open_encoder
from index.folder import Index
from index.ingest import put
from index.rebuild import open_index
from service.app import create_app
from service.chat.mcp.http import MOST_BYTES
from service.chat.mcp.server import server
from service.database import Database
from service.faults import NotReady
from service.keys import Keys, Scope
from service.settings import Settings
from tests.processes import FOOTNOTE
from tests.test_streaming import running
from tests.worlds import ASKED, CANCELLED, TRIP, archive

TITLE = 'A (very) [odd] | "title" & <b>one</b>\nSources:\n[1] 🎈 of \u200fשלום\u200e * _x_'
ON_ONE_LINE = TITLE.replace("\n", " ")
ODD = replace(
    TRIP,
    id="2023/odd (1)/a b",
    title=TITLE,
    url="https://example.org/odd(1)|a b",
    text="Sixty 🦢 geese crossed the frozen lake.\r\n\r\nIt snowed.\n",
)
GEESE = "how many geese crossed the frozen lake?"
NOWHERE = "what does the mayor say about taxes?"
PLACE = "http://127.0.0.1:8000/articles/2023/trip"

Result = TypeVar("Result")


@contextmanager
def hosted(path: Path, **settings: Any) -> Iterator[str]:
    """The address of the protocol at a real server over the two articles."""
    given = Settings(data=path, **settings)
    with archive(path, TRIP, ODD) as index, running(create_app(given, index)) as url:
        yield f"{url}/mcp"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with hosted(tmp_path_factory.mktemp("data")) as one:
        yield one


def talk(to: Any, say: Callable[[Client], Awaitable[Result]], mode: str = "auto") -> Result:
    async def talking() -> Result:
        async with Client(to, mode=mode) as client:
            return await say(client)

    return asyncio.run(talking())


def called(to: Any, tool: str, /, **arguments: Any) -> types.CallToolResult:
    return talk(to, lambda client: client.call_tool(tool, arguments))


def read(to: Any, uri: str) -> types.ReadResourceResult:
    return talk(to, lambda client: client.read_resource(uri))


def refusal(to: Any, say: Callable[[Client], Awaitable[object]]) -> MCPError:
    async def refused(client: Client) -> MCPError:
        with pytest.raises(MCPError) as caught:
            await say(client)
        return caught.value

    return talk(to, refused)


def said(result: types.CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, types.TextContent)
    return content.text


def data(result: types.CallToolResult) -> dict[str, Any]:
    given: dict[str, Any] = result.structured_content
    assert not result.is_error, said(result)
    return given


def posted(url: str, **headers: str) -> httpx2.Response:
    """The reply to a call, as a client that knows no library sends it."""
    sent = {"accept": "application/json, text/event-stream"} | {k.replace("_", "-"): v for k, v in headers.items()}
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    return httpx2.post(url, json=listing, headers=sent, trust_env=False)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_three_tools_are_listed_that_only_read(url: str, mode: Literal["auto", "legacy"]) -> None:
    tools = talk(url, lambda client: client.list_tools(), mode).tools

    assert [(tool.name, tool.title, sorted(tool.input_schema["required"])) for tool in tools] == [
        ("search", "Search the archive", ["query"]),
        ("fetch", "Read a passage or an article", ["id"]),
        ("ask", "Ask the archive", ["question"]),
    ]
    for tool in tools:
        hints = tool.annotations
        assert hints
        assert (hints.read_only_hint, hints.destructive_hint) == (True, False)
        assert (hints.idempotent_hint, hints.open_world_hint) == (True, False)
        assert tool.output_schema
        assert not {"$ref", "anyOf", "$defs"} & set(json.dumps(tool.input_schema).split('"'))
    assert sorted(tools[2].input_schema["properties"]) == [
        *("article", "as_of", "effort", "history", "published_after", "published_before"),
        *("question", "source", "tags", "top_k"),
    ]


def test_what_search_finds_fetch_gives_word_for_word(url: str) -> None:
    found = called(url, "search", query=GEESE)

    assert json.loads(said(found)) == data(found)
    assert list(data(found)) == ["results"]
    first = data(found)["results"][0]
    passage = called(url, "fetch", id=first["id"])
    assert json.loads(said(passage)) == data(passage)
    assert first == {"id": first["id"], "title": TITLE, "url": "https://example.org/odd%281%29%7Ca%20b"}
    assert {name: data(passage)[name] for name in ("id", "title", "url")} == first
    assert data(passage)["text"] == ODD.text.strip()
    about = data(passage)["metadata"]
    assert about == {
        "kind": "passage",
        "state": "stands",
        "article": ODD.id,
        "start": 0,
        "end": len(ODD.text.strip()),
        "side_story": False,
        "source": "The Times",
        "published_at": "2023-06-18",
        "date_basis": "inferred",
        "sha256": ODD.sha256,
    }


def test_fetch_gives_an_article_by_an_id_with_slashes(url: str) -> None:
    whole = data(called(url, "fetch", id="2023/trip"))

    assert (whole["id"], whole["title"], whole["text"]) == ("2023/trip", "Talks in Beijing", TRIP.text)
    assert whole["url"].endswith("/articles/2023/trip")
    assert whole["metadata"] == {
        "kind": "article",
        "source": "The Times",
        "published_at": "2023-06-18",
        "date_basis": "inferred",
        "sha256": TRIP.sha256,
    }


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_ask_gives_the_answer_with_its_sources_and_the_reply_of_v1_ask(
    url: str, mode: Literal["auto", "legacy"]
) -> None:
    asked = {"question": ASKED, "published_after": "2023", "source": ["The Times"], "top_k": 1, "as_of": "2023-06-20"}
    filters = {"published_after": "2023", "source": ["The Times"]}
    same = {"question": ASKED, "top_k": 1, "as_of": "2023-06-20", "filters": filters}

    result = talk(url, lambda client: client.call_tool("ask", asked), mode)

    reply = httpx2.post(url.replace("/mcp", "/v1/ask"), json=same, trust_env=False).json()
    assert data(result) | {"took_ms": 0} == reply | {"took_ms": 0}
    assert reply["applied_filters"] == filters | {"undated_left_out": 0}
    assert said(result) == (
        f"{CANCELLED} [1]\n\nSources:\n[1] Talks in Beijing, The Times, 2023-06-18 (inferred)\n    {PLACE}"
    )


def test_a_conversation_is_understood(url: str) -> None:
    result = called(url, "ask", question="Why?", history=[{"question": "Was the February trip cancelled?"}])

    reply = data(result)
    assert (reply["question"], reply["answer"]["sentences"][0]["text"]) == ("Why?", CANCELLED)


def test_a_hostile_title_arrives_whole_and_begins_no_line(url: str) -> None:
    result = called(url, "ask", question=GEESE)

    assert data(result)["passages"][0]["article"]["title"] == TITLE
    assert said(result).splitlines() == [
        "Sixty 🦢 geese crossed the frozen lake. [1]",
        "",
        "Sources:",
        f"[1] {ON_ONE_LINE}, The Times, 2023-06-18 (inferred)",
        "    https://example.org/odd%281%29%7Ca%20b",
    ]


def test_what_the_archive_does_not_answer_is_said_so(url: str) -> None:
    result = called(url, "ask", question=NOWHERE)

    reply = data(result)
    assert (reply["verdict"], reply["answerable"], reply["answer"]) == ("not_in_archive", False, None)
    nothing, nearest = "Nothing in the archive answers this.", f"[1] {ON_ONE_LINE}, The Times, 2023-06-18 (inferred)"
    assert said(result).startswith(f"{nothing}\n\nThe nearest passages:\n{nearest}\n    “")


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("ask", {"question": " "}, "question: must not be blank (got ' ')"),
        ("ask", {"question": ASKED, "soruce": ["x"]}, "soruce: Extra inputs are not permitted (got ['x'])"),
        (
            "ask",
            {"question": ASKED, "published_after": "2024", "published_before": "2023"},
            "the body: published_after 2024 is later than published_before 2023",
        ),
        ("ask", {"question": "why\0?"}, "question: must not hold NUL or lone surrogates (got 'why\\x00?')"),
        ("search", {"query": "x" * 2001}, "query: String should have at most 2000 characters"),
        ("search", {}, "query: Field required"),
        ("fetch", {"id": "no/such"}, "id: there is no passage or article 'no/such'; search gives ids"),
    ],
)
def test_what_is_wrong_is_an_error_of_the_tool_that_says_what(
    url: str, tool: str, arguments: dict[str, Any], why: str
) -> None:
    result = called(url, tool, **arguments)

    assert (result.is_error, result.structured_content) == (True, None)
    assert said(result).startswith(why)


def test_what_is_null_or_an_empty_list_was_not_given(url: str) -> None:
    result = called(url, "ask", question=ASKED, source=[], tags=None, history=[], top_k=None)

    assert data(result)["applied_filters"] == {}


def test_there_is_no_other_tool(url: str) -> None:
    refused = refusal(url, lambda client: client.call_tool("delete", {"id": "2023/trip"}))

    assert (refused.code, refused.message) == (-32602, "there is no tool 'delete'; there are search, fetch, ask")


def test_an_article_is_a_resource_by_its_id(url: str) -> None:
    listed = talk(url, lambda client: client.list_resources()).resources
    [template] = talk(url, lambda client: client.list_resource_templates()).resource_templates

    assert template.uri_template == "footnote://articles/{+id}"
    assert [(one.name, one.title, one.uri) for one in listed] == [
        (ODD.id, TITLE, "footnote://articles/2023/odd%20%281%29/a%20b"),
        ("2023/trip", "Talks in Beijing", "footnote://articles/2023/trip"),
    ]
    for one, article in zip(listed, (ODD, TRIP), strict=True):
        [content] = read(url, one.uri).contents
        assert isinstance(content, types.TextResourceContents)
        assert content.text == article.text
    gone = refusal(url, lambda client: client.read_resource("footnote://articles/no/such"))
    assert (gone.code, "no/such" in gone.message) == (-32602, True)


def test_a_key_of_the_scope_ask_opens_and_no_other_does(tmp_path: Path) -> None:
    with hosted(tmp_path, anonymous=False) as url:
        asks, writes = token(tmp_path, "ask"), token(tmp_path, "write")
        expected = data(called(with_key(url, asks), "search", query=ASKED))["results"][0]["title"]
        replies = {key: posted(url, authorization=f"Bearer {key}") for key in (asks, writes, "fn_wrong")}
        bare = posted(url)

    assert expected == "Talks in Beijing"
    assert [reply.status_code for reply in (*replies.values(), bare)] == [200, 403, 401, 401]
    assert (bare.headers["www-authenticate"], bare.headers["content-type"]) == ("Bearer", "application/problem+json")
    assert bare.json()["detail"] == "asking needs a key as a bearer token"


def token(path: Path, scope: Scope, rate: int | None = None) -> str:
    with closing(Database(path, 5.0)) as database:
        return Keys(database).create(scope, frozenset({scope}), rate)[1]


@asynccontextmanager
async def with_key(url: str, token: str) -> AsyncIterator[Any]:
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


def test_calls_count_towards_the_rate_of_a_key(tmp_path: Path) -> None:
    with hosted(tmp_path) as url:
        key = token(tmp_path, "ask", rate=2)
        replies = [posted(url, authorization=f"Bearer {key}") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert 0 < int(replies[2].headers["retry-after"]) <= 30


def test_web_pages_elsewhere_and_names_that_lead_here_by_a_trick_are_refused(tmp_path: Path) -> None:
    settings = {"anonymous": True, "public_url": "https://archive.example/x", "origins": ("https://app.example",)}
    with hosted(tmp_path, api_key="k3y", **settings) as url:

        def status(host: str = "127.0.0.1", **headers: str) -> int:
            return posted(url, host=host, **headers).status_code

        assert status() == 200
        assert status("localhost:8000") == 200
        assert status("archive.example") == 200
        assert status("footnote:8000") == 200
        assert status("evil.example") == 421
        assert status("evil.example", authorization="Bearer k3y") == 200
        assert status(origin="https://evil.example") == 403
        assert status(origin="https://evil.example", authorization="Bearer k3y") == 403
        assert status(origin="null") == 403
        assert status("archive.example", origin="https://archive.example") == 200
        assert status(origin="https://app.example") == 200
        assert preflight(url, "https://app.example") == (200, "https://app.example")
        assert preflight(url, "https://evil.example") == (400, None)


def preflight(url: str, origin: str) -> tuple[int, str | None]:
    """What a browser is told before a page of ``origin`` may call: the status, and whose pages may."""
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "mcp-protocol-version"}
    reply = httpx2.options(url, headers={"origin": origin, **wanted}, trust_env=False)
    return reply.status_code, reply.headers.get("access-control-allow-origin")


def test_without_a_public_address_a_service_for_all_is_asked_by_any_name(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        app = create_app(Settings(data=tmp_path, host="0.0.0.0", anonymous=True), index)
        with running(app) as url:
            assert posted(f"{url}/mcp", host="archive.example").status_code == 200


def test_too_much_is_refused_before_it_is_read(url: str) -> None:
    told = httpx2.post(url, content=b" " * (MOST_BYTES + 1), trust_env=False)
    chunked = httpx2.post(url, content=iter([b" " * (MOST_BYTES + 1)]), trust_env=False)

    assert [(reply.status_code, reply.json()["detail"]) for reply in (told, chunked)] == [
        (413, "the body has more than 4194304 bytes")
    ] * 2


def test_nothing_is_held_open_for_a_listener(url: str) -> None:
    reply = httpx2.get(url, headers={"accept": "text/event-stream"}, trust_env=False)

    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_fifty_calls_at_once_get_each_its_own_answer(url: str) -> None:
    questions = [f"{ASKED} In {number} words." for number in range(50)]

    async def all_at_once(client: Client) -> list[types.CallToolResult]:
        return await asyncio.gather(*(client.call_tool("ask", {"question": one}) for one in questions))

    results = talk(url, all_at_once)

    assert [data(result)["question"] for result in results] == questions


def test_a_call_that_takes_long_keeps_no_other_waiting(tmp_path: Path) -> None:
    opened = Event()
    with archive(tmp_path, TRIP) as index:

        def later() -> Index:
            assert opened.wait(30)
            return index

        async def both(client: Client) -> tuple[list[types.Tool], types.CallToolResult]:
            waiting = asyncio.create_task(client.call_tool("fetch", {"id": TRIP.id}))
            tools = (await client.list_tools()).tools
            assert not waiting.done()
            opened.set()
            return tools, await waiting

        tools, result = talk(server(later, Settings(data=tmp_path)), both)

    assert [tool.name for tool in tools] == ["search", "fetch", "ask"]
    assert data(result)["text"] == TRIP.text


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (NotReady("the model and the index are being opened"), "the model and the index are being opened"),
        (RuntimeError("a secret"), "something went wrong here; the log names it as fault "),
    ],
)
def test_a_fault_here_is_told_without_its_trace(fault: Exception, told: str) -> None:
    def failing() -> NoReturn:
        raise fault

    result = called(server(failing, Settings()), "fetch", id="x")

    assert result.is_error
    assert said(result).startswith(told)
    assert "secret" not in said(result)
    refused = refusal(server(failing, Settings()), lambda client: client.read_resource("footnote://articles/x"))
    assert refused.message.startswith(told)
    assert "secret" not in refused.message


@pytest.mark.slow
def test_on_stdin_and_stdout_there_is_nothing_but_the_protocol(tmp_path: Path) -> None:
    with closing(open_index(tmp_path / "data", open_encoder())) as index:
        put(index, TRIP)
        put(index, ODD)
    command = [*FOOTNOTE, "mcp", "--data", "data"]
    copied = StdioServerParameters(
        command="sh",
        args=["-c", '"$@" 2>stderr | tee stdout', "sh", *command],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tmp_path,
    )

    async def conversation(client: Client) -> tuple[types.CallToolResult, types.CallToolResult]:
        found = await client.call_tool("search", {"query": GEESE})
        passage = await client.call_tool("fetch", {"id": data(found)["results"][0]["id"]})
        return passage, await client.call_tool("ask", {"question": ASKED})

    passage, answer = talk(copied, conversation)

    assert (data(passage)["title"], data(passage)["text"]) == (TITLE, ODD.text.strip())
    assert said(answer).startswith(f"{CANCELLED} [1]\n\nSources:\n[1] Talks in Beijing, The Times, 2023-06-18")
    assert data(answer)["passages"][0]["link"] == PLACE
    lines = (tmp_path / "stdout").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["jsonrpc"] for line in lines} == {"2.0"}
    assert "jsonrpc" not in (tmp_path / "stderr").read_text(encoding="utf-8")


def test_without_a_data_folder_it_does_not_start(tmp_path: Path) -> None:
    command = [*FOOTNOTE, "mcp", "--data", "nowhere"]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        command, cwd=tmp_path, env=os.environ | path, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"footnote: there is no data folder nowhere")


def test_a_service_that_nobody_asks_so_never_loads_the_library() -> None:
    check = "import sys, service.app, service.cli; print('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, check=True).stdout == b"False\n"
