"""What the OpenAI-compatible interface replies, for the OpenAPI document's readers."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class UrlCitation(BaseModel):
    """``start_index`` and ``end_index`` are offsets into the message's text, in Unicode code points."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    type: Literal["url_citation"]
    url_citation: UrlCitation


class Spoken(BaseModel):
    role: Literal["assistant"]
    content: str = Field(description="the answer with its footnotes")
    refusal: None
    annotations: list[Annotation]


class Choice(BaseModel):
    index: int
    message: Spoken
    logprobs: None
    finish_reason: Literal["stop"]


class Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """`citations` are the passages as `/v1/ask` gives them, `footnote` its verdict; of housekeeping there are none."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    citations: list[dict[str, Any]] = []
    footnote: dict[str, Any] = {}


class ModelReply(BaseModel):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsReply(BaseModel):
    object: Literal["list"]
    data: list[ModelReply]


# What `stream` brings: each event's data is a chunk of the completion, the last `[DONE]`.
CHUNKS: dict[str, Any] = {
    "text/event-stream": {
        "itemSchema": {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}
    }
}
