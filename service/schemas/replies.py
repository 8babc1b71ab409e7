"""What is replied."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from index.records import DateBasis, FileState, JobState
from service.schemas.requests import Scope, Writer

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


class FeedsState(BaseModel):
    """Of the sources that are watched, how many there are, and by name those that are not as they should be."""

    watched: int
    silent: list[str] = Field(description="have brought nothing new for unusually long")
    failing: list[str] = Field(description="could not be had the last time")
    brought_at: str | None = Field(description="when one of them last brought something, ISO 8601 in UTC")


class State(BaseModel):
    generation: int
    articles: int
    passages: int
    newest_published_at: str | None
    feeds: FeedsState | None = Field(None, description="the sources that are watched; null where none is")


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


class ArticleAbout(ArticleHead):
    updated_at: str | None
    language: str | None
    tags: list[str]
    metadata: dict[str, Any]


class ArticleListed(ArticleAbout):
    damaged: bool = Field(False, description="the disk has changed it: its id alone is said, as far as that is whole")


class ArticleReply(ArticleAbout):
    text: str


class ArticlesReply(BaseModel):
    articles: list[ArticleListed]
    next: str | None = Field(description="the `cursor` of the next page; null on the last")


class KeyReply(BaseModel):
    """A key, without what opens; times are ISO 8601, UTC."""

    id: str
    name: str
    scopes: list[Scope]
    rate: int | None = Field(description="requests a minute; null for any number")
    created_at: str
    expires: str | None = Field(description="the last day it is good, in UTC; null for ever")
    expires_at: str | None = Field(description="the moment from which it is no longer")
    revoked_at: str | None
    good: bool


class KeysReply(BaseModel):
    keys: list[KeyReply]


class KeyMade(KeyReply):
    token: str = Field(description="what opens; it is shown this once")


class Bucket(BaseModel):
    """A day, month or year in which articles were published; by the first day of a date that leaves several open."""

    period: str = Field(description="ISO 8601, fit for `published_after` and `published_before`", examples=["2023-06"])
    articles: int


class Counted(BaseModel):
    name: str
    articles: int


class OverviewReply(BaseModel):
    """What the archive holds, counted.

    Each count but `articles` is of what would be there with other values of its own filter: `buckets` and `undated`
    whatever the dates asked for, `sources` whatever the publishers, `tags` whatever the tags.
    """

    articles: int = Field(description="how many the filters let through")
    unit: Literal["day", "month", "year"] = Field(description="what a bucket is, by how long the archive reaches")
    first: str | None = Field(
        description="the archive's first bucket, whatever the filters; null where nothing is dated"
    )
    last: str | None = Field(description="its last")
    buckets: list[Bucket] = Field(description="those that are not empty, in order")
    undated: int = Field(description="how many articles have no date: every date filter leaves them out")
    sources: list[Counted] = Field(description="publishers, those with the most articles first")
    tags: list[Counted] = Field(description="those on the most articles first")


class Written(BaseModel):
    id: str
    outcome: Literal["added", "replaced", "unchanged"]
    sha256: str


class Source(BaseModel):
    """A file in one way that it was given, and what became of it when it last was."""

    file: str = Field(description="its whole path; `upload:` and its name, if it was brought over HTTP")
    folder: str | None = Field(description="the folder given that it was found in; null if it was given by itself")
    id_prefix: str
    state: FileState
    reason: str | None = Field(description="why it, or a part of it, did not go in, or is gone")
    at: str = Field(description="when it came to this, ISO 8601")
    size: int | None = Field(description="in bytes; null if it could not be read")
    sha256: str | None
    articles: int = Field(description="how many articles it brought when it was last read")


class FeedReply(BaseModel):
    """A source that is watched; times are ISO 8601 in UTC, null for never."""

    name: str
    address: str
    state: Literal["new", "fresh", "silent", "failing"]
    reason: str | None = Field(description="why it is silent or failing, or what else is to be known")
    failures: int = Field(description="how many visits failed in a row")
    tried_at: str | None = Field(description="when it was last asked")
    answered_at: str | None = Field(description="when it last answered well")
    brought_at: str | None = Field(description="when it last brought an article, or a new text of one")
    next_at: str | None


class FeedsReply(BaseModel):
    feeds: list[FeedReply]


class SourcesReply(BaseModel):
    sources: list[Source]
    next: str | None = Field(description="the `cursor` of the next page; null on the last")
    feeds: list[FeedReply] = Field([], description="on the first page: the sources that are watched")


class JobListed(BaseModel):
    """What was brought at once, to be taken in, and how far that has come."""

    id: str
    state: JobState = Field(description="`waiting` and `running` ones go on after a restart of the service")
    reason: str | None = Field(description="why it failed")
    id_prefix: str
    files: int
    files_done: int
    size: int = Field(description="of all files, in bytes")
    articles: int = Field(description="how many were read so far")
    added: int
    unchanged: int
    replaced: int
    rejected: int
    received_at: str = Field(description="ISO 8601")
    began_at: str | None
    ended_at: str | None


class ReceivedFile(BaseModel):
    name: str
    size: int = Field(description="in bytes")
    sha256: str


class RejectedPart(BaseModel):
    """A file, or a line of one, that did not go in, and why."""

    file: str
    line: int | None
    reason: str


class JobReply(JobListed):
    received: list[ReceivedFile]
    rejections: list[RejectedPart] = Field(description="the first thousand of what did not go in")


class JobsReply(BaseModel):
    jobs: list[JobListed]
    next: str | None = Field(description="the `cursor` of the next page; null on the last")


class Taken(BaseModel):
    """A paragraph that is no story's, as one article has it."""

    text: str
    articles: int = Field(description="in how many articles it stands")
    example: str = Field(description="the id of one of them")
    by: Literal["repetition", "pattern"] = Field(description="what it was known by")


class SourceBoilerplate(BaseModel):
    source: str | None = Field(description="the publisher, else the site; null where neither is known")
    paragraphs: list[Taken] = Field(description="the most repeated first")


class BoilerplateReply(BaseModel):
    sources: list[SourceBoilerplate]


class QuoteNow(Quote):
    """A quote from the text that the cited article has now."""

    passage: str | None = Field(description="the id of the passage that stands there; null if none is searched there")
    page: int | None = Field(None, description="the page on which it begins, if the article has pages")
    article: ArticleHead
    link: str


class CitationReply(BaseModel):
    """A passage by its name, as long as its article is kept: as it was cited, and what its article says now."""

    id: str
    current: bool = Field(description="whether the article still holds this very text")
    state: Literal["stands", "moved", "superseded"] = Field(
        description="whether the article now has the same words in the same place, elsewhere, or no longer"
    )
    text: str
    start: int
    end: int
    side_story: bool
    page: int | None = Field(None, description="the page on which it began, if its article has pages, as a PDF has")
    article: ArticleHead
    link: str
    now: QuoteNow | None = Field(
        description="where the words stand now; if they are superseded, what took their place, null if nothing did"
    )


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Rebuilding(BaseModel):
    """How many of the articles are made anew, with another model or other settings, while the ones before answer."""

    done: int
    articles: int


class Ready(State):
    status: Literal["ready"] = "ready"
    rebuilding: Rebuilding | None = None
    damaged: int = Field(
        0, description="what was met since the start that the disk has changed: `footnote check` lists it"
    )


class Problem(BaseModel):
    """RFC 9457; `detail` names the field and the value."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


PROBLEM = Problem.model_json_schema()

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
