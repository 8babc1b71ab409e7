"""The tools and articles as the official library serves them. Importing it takes a second: only who needs it does."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from anyio import to_thread
from mcp import types
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from index.errors import Invalid
from index.folder import Index
from index.records import Article
from service.chat.mcp.schemas import plain
from service.chat.mcp.tools import INSTRUCTIONS, TOOLS, Tool, call
from service.faults import late_problem
from service.settings import Settings

ARTICLES = "footnote://articles/"
PAGE = 100
PLAIN_TEXT = "text/plain"

Context = ServerRequestContext[Any]
Result = TypeVar("Result")


def http_manager(index: Callable[[], Index], settings: Settings) -> StreamableHTTPSessionManager:
    """What answers each POST by itself, with plain JSON; the body's size is bounded before it."""
    return StreamableHTTPSessionManager(
        server(index, settings),
        json_response=True,
        stateless=True,
        max_request_body_size=settings.max_body_bytes,
    )


def server(index: Callable[[], Index], settings: Settings) -> Server[Any]:
    """The archive's tools and articles; every call runs in a thread, which ``index`` may keep waiting."""

    async def list_tools(_: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(LISTED.values()))

    async def call_tool(_: Context, wanted: types.CallToolRequestParams) -> types.CallToolResult:
        if wanted.name not in TOOLS:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {wanted.name!r}; there are {', '.join(TOOLS)}")
        return await to_thread.run_sync(_called, TOOLS[wanted.name], wanted.arguments or {}, index, settings)

    async def list_articles(_: Context, wanted: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        return await _foreseen(lambda: _page(index(), (wanted and wanted.cursor) or ""))

    async def list_templates(_: Context, __: types.PaginatedRequestParams | None) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[TEMPLATE])

    async def read_article(_: Context, wanted: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        return await _foreseen(lambda: _read(index(), wanted.uri))

    return Server(
        "footnote",
        title="Footnote",
        version=version("footnote"),
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: LISTED[name].input_schema if name in LISTED else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_articles,
        on_list_resource_templates=list_templates,
        on_read_resource=read_article,
    )


def _called(
    tool: Tool, arguments: dict[str, Any], index: Callable[[], Index], settings: Settings
) -> types.CallToolResult:
    try:
        given = call(tool, arguments, index, settings)
    # Whatever it is: a model reads what the result says, and not what the protocol does.
    except Exception as fault:  # noqa: BLE001
        return types.CallToolResult(content=[types.TextContent(text=late_problem(fault)["detail"])], is_error=True)
    return types.CallToolResult(content=[types.TextContent(text=given.text)], structured_content=given.data)


def _listed(tool: Tool) -> types.Tool:
    hints = types.ToolAnnotations(
        title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=plain(tool.takes),
        output_schema=tool.gives.model_json_schema(mode="serialization"),
        annotations=hints,
    )


LISTED = {tool.name: _listed(tool) for tool in TOOLS.values()}
TEMPLATE = types.ResourceTemplate(
    uri_template=f"{ARTICLES}{{+id}}", name="article", title="An article, with its exact text", mime_type=PLAIN_TEXT
)


async def _foreseen(work: Callable[[], Result]) -> Result:
    """What ``work`` gives, done in a thread; a fault is the protocol's own error, with its reason."""
    try:
        return await to_thread.run_sync(work)
    # Whatever it is, it must say why as a tool does, and never with a trace.
    except Exception as fault:
        problem = late_problem(fault)
        code = types.INTERNAL_ERROR if problem["status"] >= 500 else types.INVALID_PARAMS
        raise MCPError(code, problem["detail"]) from fault


def _page(index: Index, cursor: str) -> types.ListResourcesResult:
    # One more than is shown tells whether there is a next page.
    articles = [article for article, _ in index.articles(cursor, PAGE + 1)]
    after = articles[PAGE - 1].id if len(articles) > PAGE else None
    return types.ListResourcesResult(resources=[_resource(one) for one in articles[:PAGE]], next_cursor=after)


def _resource(article: Article) -> types.Resource:
    about = ", ".join(part for part in (article.source, article.published_at) if part)
    uri = ARTICLES + quote(article.id)
    return types.Resource(
        uri=uri, name=article.id, title=article.title, description=about or None, mime_type=PLAIN_TEXT
    )


def _read(index: Index, uri: str) -> types.ReadResourceResult:
    if not uri.startswith(ARTICLES):
        raise Invalid(f"uri: must begin with {ARTICLES}")
    article = index.article(unquote(uri.removeprefix(ARTICLES)))
    return types.ReadResourceResult(
        contents=[types.TextResourceContents(uri=uri, text=article.text, mime_type=PLAIN_TEXT)]
    )
