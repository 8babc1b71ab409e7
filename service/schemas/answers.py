"""Replied to questions."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from index.records import DateBasis
from service.schemas.health import State
from service.schemas.requests import Writer

Verdict = Literal["answered", "partly_answered", "ambiguous", "false_premise", "outside_dates", "not_in_archive"]


class Quote(BaseModel):
    """``text`` is exactly the article's text from ``start`` to ``end``, in Unicode code points."""

    start: int
    end: int
    text: str


class Cited(Quote):
    citation: int = Field(description="the number of its passage")


class CitedSentence(Cited):
    article: str = Field(description="article id")


class Sentence(CitedSentence):
    """A sentence of an answer: word for word what stands there, unless it is ``verified``."""

    status: Literal["verified", "repaired"] | None = Field(
        None,
        description="of a language model's sentence: its own words, which the article's from `start` to `end` support, "
        "or the article's words in place of what they do not support",
    )


class ReadingReply(CitedSentence):
    """A sentence that answers, if the question means these days."""

    period: str = Field(description="in words", examples=["February 2023"])
    first: date
    last: date


class Unsupported(BaseModel):
    """A part of the question that nothing in the archive says; ``text`` is ``understood_as[start:end]``."""

    start: int
    end: int
    text: str


class Checked(BaseModel):
    """How many sentences of a language model stand, how many gave way to a quote, and how many are left out."""

    verified: int
    repaired: int
    dropped: int


class Answer(BaseModel):
    text: str = Field(description="the sentences, each with its [citation]")
    writer: Writer
    short: Cited | None = Field(None, description="the few words that answer, inside their sentence")
    sentences: list[Sentence]
    checked: Checked | None = Field(None, description="what became of the sentences that a language model wrote")


class ArticleHead(BaseModel):
    id: str
    title: str
    source: str | None
    author: str | None
    url: str | None
    published_at: str | None = Field(description="ISO 8601, as precise as is known")
    date_basis: DateBasis | None
    sha256: str = Field(description="of the text in UTF-8")


class PassageReply(BaseModel):
    citation: int
    id: str = Field(description="the name under which this passage is cited, for ever")
    score: float
    text: str
    start: int
    end: int
    side_story: bool = Field(description="another item in the same file, which the article's date says nothing about")
    page: int | None = Field(None, description="the page on which it begins, if its article has pages, as a PDF has")
    highlights: list[Quote] = Field(description="the sentences that answer, best first")
    also_in: list[ArticleHead] = Field([], description="other articles that say the same, nearly word for word")
    article: ArticleHead
    link: str


# Without nulls: FastAPI leaves them out of the document.
_EXAMPLE: dict[str, JsonValue] = {
    "question": "why was the February trip cancelled?",
    "understood_as": "why was the February trip cancelled?",
    "verdict": "answered",
    "answerable": True,
    "confidence": 0.93,
    "answer": {
        "text": "The trip was put off after a balloon was seen. [1]",
        "writer": "quotes",
        "short": {"start": 429, "end": 438, "text": "a balloon", "citation": 1},
        "sentences": [
            {
                "start": 402,
                "end": 448,
                "text": "The trip was put off after a balloon was seen.",
                "citation": 1,
                "article": "2023/beijing",
            }
        ],
    },
    "readings": [],
    "unsupported": [],
    "passages": [
        {
            "citation": 1,
            "id": "9f0c1b2a3d4e5f60",
            "score": 0.87,
            "text": "The trip was put off after a balloon was seen. It will be made up for.",
            "start": 402,
            "end": 472,
            "side_story": False,
            "highlights": [{"start": 402, "end": 448, "text": "The trip was put off after a balloon was seen."}],
            "also_in": [],
            "article": {
                "id": "2023/beijing",
                "title": "Talks in Beijing",
                "source": "The Times",
                "author": "Jane Doe",
                "url": "https://example.org/beijing",
                "published_at": "2023-06-18",
                "date_basis": "stated",
                "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            },
            "link": "https://example.org/beijing",
        }
    ],
    "applied_filters": {},
    "index": {"generation": 12, "articles": 5, "passages": 41, "newest_published_at": "2024-04"},
    "took_ms": 6.1,
}


class AskReply(BaseModel):
    """Passages, best first, with what they say together; ``confidence`` is the probability that the archive answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    question: str
    understood_as: str
    verdict: Verdict
    answerable: bool
    confidence: float = Field(ge=0, le=1)
    answer: Answer | None
    readings: list[ReadingReply] = Field([], description="the periods that fit, if the verdict is `ambiguous`")
    unsupported: list[Unsupported] = Field(
        [], description="the parts that the archive does not answer, if the verdict is `partly_answered`"
    )
    contradicted: Unsupported | None = Field(
        None, description="the words that the archive contradicts, if the verdict is `false_premise`"
    )
    passages: list[PassageReply]
    applied_filters: dict[str, Any]
    index: State
    took_ms: float
    steps_ms: dict[str, float] | None = Field(
        None, description="milliseconds of each step, where `debug` asks for them: all of `took_ms` but for the reply"
    )


class KeptReply(BaseModel):
    """An answer that is kept: `link` shows it as it stood, to whoever has it, until it is revoked."""

    id: str
    link: str
    reply: AskReply


class RankedReply(BaseModel):
    """Passages whose order may yet change: the first of them are still read."""

    passages: list[PassageReply]


# For the OpenAPI document: what `stream` brings instead of one reply.
EVENTS: dict[str, Any] = {
    "text/event-stream": {
        "itemSchema": {
            "type": "object",
            "required": ["event", "data"],
            "properties": {
                "event": {
                    "enum": ["ranked", "passages", "sentence", "reply", "error"],
                    "description": (
                        "`ranked`, where passages are read: those of ranking alone, which what follows replaces; "
                        "`passages`: the reply but for its answer; `sentence`: each of the answer's, as it leaves; "
                        "`reply`: the whole. `error`, a problem, is the last if something fails."
                    ),
                },
                "data": {"type": "string", "contentMediaType": "application/json"},
                "id": {"type": "string"},
            },
        }
    }
}
