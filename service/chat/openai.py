"""The OpenAI-compatible interface: a question is the last thing that the user said, the reply a message with footnotes.

Citations come three ways at once: as numbers in the text with the list of sources under it, as ``url_citation``
annotations with offsets into that text (in Unicode code points), and as ``citations``, the passages as ``/v1/ask``
gives them. Sampling parameters are accepted and have no effect: nothing here is sampled.
"""

import json
from collections.abc import Generator, Iterable, Iterator
from time import time
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from fastapi.sse import format_sse_event
from pydantic import BaseModel, ConfigDict, Field

from index.errors import Invalid, NotFound
from service.api import REFUSED, SENT, MayAsk, Opened, Set, problems
from service.ask import answering, ask
from service.chat.housekeeping import chore
from service.chat.message import Written, as_it_comes, message, without_notes
from service.chat.openwebui import sources
from service.conversation.messages import turns
from service.faults import as_openai_says, late_problem
from service.schemas import AskReply, AskRequest, Effort, asked
from service.schemas.completions import CHUNKS, Completion, ModelReply, ModelsReply
from service.streaming import Streamed, begun
from service.writing.footnoted import footnoted

router = APIRouter()

DONE = "[DONE]"
# One archive, asked with the reader and without.
MODELS: dict[str, Effort | None] = {"footnote": None, "footnote-fast": "fast"}
PER_TOKEN = 4  # characters, near enough: clients show the count, and nobody pays for it

Spoken = Generator[str | AskReply, None, None]


class Message(BaseModel):
    """One turn; ``content`` is text, or parts of which those of text are read."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: str | Annotated[list[dict[str, Any]], Field(max_length=1000)] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")
        return self.content or ""


class ChatRequest(BaseModel):
    """What clients send. What is not named here is accepted, and has no effect."""

    model_config = ConfigDict(extra="allow")

    model: str = "footnote"
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool | None = False
    stream_options: dict[str, Any] | None = None


@router.get(
    "/v1/models",
    dependencies=[MayAsk],
    response_model=ModelsReply,
    responses=problems(*REFUSED),
    summary="The models of the OpenAI-compatible interface",
)
def models() -> dict[str, Any]:
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@router.get(
    "/v1/models/{name}",
    dependencies=[MayAsk],
    response_model=ModelReply,
    responses=problems(*REFUSED, 404),
    summary="One model of the OpenAI-compatible interface",
)
def model(name: str) -> dict[str, Any]:
    _refuse_unknown(name)
    return _model(name)


@router.post(
    "/v1/chat/completions",
    dependencies=[MayAsk],
    response_model=Completion,
    responses={200: {"content": CHUNKS}, **problems(*REFUSED, *SENT, 404)},
    summary="Ask as OpenAI's clients do",
)
def complete(request: ChatRequest, index: Opened, settings: Set) -> Response:
    _refuse_unknown(request.model)
    task = chore(request.messages[-1].text)
    if request.stream:
        spoken = _as_one(task) if task is not None else as_it_comes(answering(index, settings, _question(request)))
        return Streamed(_frames(request, begun(spoken)), settings.longest)
    reply = None if task is not None else ask(index, settings, _question(request))
    return JSONResponse(completion(request, Written(task or "") if reply is None else message(footnoted(reply)), reply))


def _as_one(text: str) -> Spoken:
    yield text


def completion(request: ChatRequest, written: Written, reply: AskReply | None) -> dict[str, Any]:
    """The whole reply at once."""
    said = {"role": "assistant", "content": written.text, "refusal": None, "annotations": _annotations(written)}
    choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": "stop"}
    envelope = _envelope("chat.completion", request.model)
    return {**envelope, "choices": [choice], "usage": _usage(request, written.text), **_found(reply)}


def chunks(request: ChatRequest, spoken: Iterable[str | AskReply]) -> Iterator[dict[str, Any]]:
    """The same in the pieces of a stream: the text as it comes, what it cites, what was found."""
    envelope = _envelope("chat.completion.chunk", request.model)

    def piece(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**envelope, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}

    said, reply = "", None
    yield piece({"role": "assistant", "content": ""})
    for one in spoken:
        if isinstance(one, AskReply):
            reply = one
            yield {**piece({"annotations": _annotations(message(footnoted(reply)))}), **sources(reply)}
        else:
            said += one
            yield piece({"content": one})
    yield {**piece({}, "stop"), **_found(reply)}
    if (request.stream_options or {}).get("include_usage"):
        yield {**envelope, "choices": [], "usage": _usage(request, said)}


def _frames(request: ChatRequest, spoken: Iterable[str | AskReply]) -> Generator[bytes, None, None]:
    try:
        for chunk in chunks(request, spoken):
            yield format_sse_event(data_str=json.dumps(chunk))
    # The status has left long ago, and the client must learn that no more will come.
    except Exception as fault:  # noqa: BLE001
        yield format_sse_event(data_str=json.dumps(as_openai_says(late_problem(fault))))
    else:
        yield format_sse_event(data_str="[DONE]")


def _question(request: ChatRequest) -> AskRequest:
    said = [at for at, one in enumerate(request.messages) if one.role == "user" and one.text.strip()]
    if not said:
        raise Invalid("messages: none of them is a question: one needs the role 'user' and text")
    # The list of sources under an answer is no part of what was said.
    before = turns((one.role, without_notes(one.text)) for one in request.messages[: said[-1]])
    return asked(request.messages[said[-1]].text).model_copy(
        update={"effort": MODELS[request.model], "history": before}
    )


def _annotations(written: Written) -> list[dict[str, Any]]:
    places = [
        {"start_index": place.start, "end_index": place.end, "title": place.title, "url": place.url}
        for place in written.places
    ]
    return [{"type": "url_citation", "url_citation": place} for place in places]


def _found(reply: AskReply | None) -> dict[str, Any]:
    if reply is None:
        return {}
    found = reply.model_dump(mode="json", include={"verdict", "confidence", "understood_as"})
    return {"citations": [one.model_dump(mode="json") for one in reply.passages], "footnote": found}


def _envelope(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time()), "model": model}


def _usage(request: ChatRequest, text: str) -> dict[str, int]:
    read, said = (-(-len(one) // PER_TOKEN) for one in (request.messages[-1].text, text))
    return {"prompt_tokens": read, "completion_tokens": said, "total_tokens": read + said}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "footnote"}


def _refuse_unknown(name: str) -> None:
    if name not in MODELS:
        raise NotFound(f"model: there is no {name!r}; there are {', '.join(MODELS)}")
