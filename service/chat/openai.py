"""The OpenAI-compatible interface: a question is the last thing that the user said, the reply a message with footnotes.

Citations come three ways at once: as numbers in the text with the list of sources under it, as ``url_citation``
annotations with offsets into that text (in Unicode code points), and as ``citations``, the passages as ``/v1/ask``
gives them. Sampling parameters are accepted and have no effect: nothing here is sampled.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from time import time
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from index.errors import Invalid, NotFound
from service.api import MayAsk, Opened, Set
from service.ask import ask
from service.chat.housekeeping import chore
from service.chat.markdown import address, escaped, linked
from service.conversation.messages import turns
from service.schemas import AskReply, AskRequest
from service.schemas.requests import Effort, asked
from service.writing.footnoted import Footnoted, Note, footnoted

router = APIRouter()

DONE = "[DONE]"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# One archive, asked with the reader and without.
MODELS: dict[str, Effort | None] = {"footnote": None, "footnote-fast": "fast"}
PER_TOKEN = 4  # characters, near enough: clients show the count, and nobody pays for it


class Message(BaseModel):
    """One turn; ``content`` is text, or parts of which those of text are read."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: str | list[dict[str, Any]] | None = None

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


@dataclass
class Written:
    """A message as it is written: its text so far, and what of it cites what."""

    text: str = ""
    annotations: list[dict[str, Any]] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.text += text

    def cite(self, text: str, note: Note) -> None:
        start = len(self.text)
        self.text += text
        place = {"start_index": start, "end_index": len(self.text), "title": note.title, "url": address(note.link)}
        self.annotations.append({"type": "url_citation", "url_citation": place})


def message(shown: Footnoted) -> Written:
    """The answer in Markdown: its lines with their numbers, what is not said, and the notes."""
    written = Written(escaped(shown.heading))
    notes = {note.number: note for note in shown.notes}
    for line in shown.lines:
        written.add("\n\n" if written.text else "")
        written.add(escaped(line.before) + " " if line.before else "")
        written.cite(escaped(line.text), notes[line.note])
        written.add(f" [{line.note}]")
    for remark in shown.remarks:
        written.add(f"\n\n{escaped(remark)}")
    if shown.notes:
        written.add(f"\n\n{shown.introduction}\n\n" + "\n".join(_listed(note, shown) for note in shown.notes))
    return written


def _listed(note: Note, shown: Footnoted) -> str:
    about = f", {escaped(note.about)}" if note.about else ""
    quote = "" if shown.lines else f": “{escaped(note.quotes[0])}”"
    return f"- [{note.number}] {linked(note.title, note.link)}{about}{quote}"


@router.get("/v1/models", dependencies=[MayAsk], summary="The models of the OpenAI-compatible interface")
def models() -> dict[str, Any]:
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@router.get("/v1/models/{name}", dependencies=[MayAsk], summary="One model of the OpenAI-compatible interface")
def model(name: str) -> dict[str, Any]:
    _refuse_unknown(name)
    return _model(name)


@router.post("/v1/chat/completions", dependencies=[MayAsk], summary="Ask as OpenAI's clients do")
def complete(request: ChatRequest, index: Opened, settings: Set) -> Response:
    _refuse_unknown(request.model)
    prompt = request.messages[-1].text
    task = chore(prompt)
    reply = None if task is not None else ask(index, settings, _question(request))
    written = message(footnoted(reply)) if reply else Written(task or "")
    if request.stream:
        wants_usage = bool((request.stream_options or {}).get("include_usage"))
        frames = (
            f"data: {json.dumps(chunk)}\n\n" for chunk in chunks(request.model, prompt, written, reply, wants_usage)
        )
        return StreamingResponse(chain(frames, ["data: [DONE]\n\n"]), media_type="text/event-stream", headers=HEADERS)
    return JSONResponse(completion(request.model, prompt, written, reply))


def completion(model: str, prompt: str, written: Written, reply: AskReply | None) -> dict[str, Any]:
    """The whole reply at once."""
    said = {"role": "assistant", "content": written.text, "refusal": None, "annotations": written.annotations}
    choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": "stop"}
    return {
        **_envelope("chat.completion", model),
        "choices": [choice],
        "usage": _usage(prompt, written),
        **_found(reply),
    }


def chunks(
    model: str, prompt: str, written: Written, reply: AskReply | None, wants_usage: bool
) -> Iterator[dict[str, Any]]:
    """The same in the pieces of a stream: the text by lines, then what it cites."""
    envelope = _envelope("chat.completion.chunk", model)

    def piece(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**envelope, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}

    yield piece({"role": "assistant", "content": ""})
    for text in written.text.splitlines(keepends=True):
        yield piece({"content": text})
    if written.annotations:
        yield piece({"annotations": written.annotations})
    yield {**piece({}, "stop"), **_found(reply)}
    if wants_usage:
        yield {**envelope, "choices": [], "usage": _usage(prompt, written)}


def _question(request: ChatRequest) -> AskRequest:
    said = [at for at, one in enumerate(request.messages) if one.role == "user" and one.text.strip()]
    if not said:
        raise Invalid("messages: none of them is a question: one needs the role 'user' and text")
    before = turns((one.role, one.text) for one in request.messages[: said[-1]])
    return asked(request.messages[said[-1]].text).model_copy(
        update={"effort": MODELS[request.model], "history": before}
    )


def _found(reply: AskReply | None) -> dict[str, Any]:
    if reply is None:
        return {}
    found = reply.model_dump(mode="json", include={"verdict", "confidence", "understood_as"})
    return {"citations": [one.model_dump(mode="json") for one in reply.passages], "footnote": found}


def _envelope(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time()), "model": model}


def _usage(prompt: str, written: Written) -> dict[str, int]:
    read, said = (-(-len(text) // PER_TOKEN) for text in (prompt, written.text))
    return {"prompt_tokens": read, "completion_tokens": said, "total_tokens": read + said}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "footnote"}


def _refuse_unknown(name: str) -> None:
    if name not in MODELS:
        raise NotFound(f"model: there is no {name!r}; there are {', '.join(MODELS)}")
