"""What goes over the wire, as the contract shows it. Requests are strict: a mistyped filter must not widen a search."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from index.articles import shown
from index.dates import parse
from index.errors import Invalid
from index.records import DateBasis, Filters, Period

Writer = Literal["none", "quotes", "model"]
Effort = Literal["fast", "careful"]
Verdict = Literal["answered", "partly_answered", "ambiguous", "false_premise", "outside_dates", "not_in_archive"]


def _clean(text: str) -> str:
    # A lone surrogate arrives as JSON's "\ud800" and can't be written as UTF-8 again.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not hold NUL or lone surrogates")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _partial(text: str) -> str:
    parse(text)
    return text


def _day(value: object) -> date:
    # Left to itself, pydantic takes 1687219200 for a day too.
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != len("2023-06-20"):
        raise ValueError("must be a day such as 2023-06-20")
    return parse(value).first


# Lengths stand first: they are in the OpenAPI document, and bound what the other rules read.
PartialDate = Annotated[str, AfterValidator(_partial)]
Day = Annotated[date, BeforeValidator(_day)]
Name = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_clean)]
Names = Annotated[list[Name], Field(min_length=1, max_length=1000)]
QuestionText = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_clean), AfterValidator(_not_blank)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AskFilters(Request):
    """Which articles may answer. Both ends are included; an article without a date fits no date filter."""

    source: Names | None = Field(None, description="publishers", examples=[["Reuters"]])
    published_after: PartialDate | None = Field(None, examples=["2023-01-01"])
    published_before: PartialDate | None = Field(None, examples=["2023-12"])
    article: Names | None = Field(None, description="article ids")
    tags: Names | None = Field(None)

    @model_validator(mode="after")
    def _ends_in_order(self) -> "AskFilters":
        if self.published and self.published.first > self.published.last:
            raise ValueError(
                f"published_after {self.published_after} is later than published_before {self.published_before}"
            )
        return self

    @property
    def published(self) -> Period | None:
        """The days from the first of ``published_after`` to the last of ``published_before``."""
        if self.published_after is None and self.published_before is None:
            return None
        first = parse(self.published_after).first if self.published_after else date.min
        last = parse(self.published_before).last if self.published_before else date.max
        return Period(first, last)

    def records(self) -> Filters:
        return Filters(
            source=tuple(self.source or ()),
            article=tuple(self.article or ()),
            tags=tuple(self.tags or ()),
            published=self.published,
        )


class AskRequest(Request):
    """A question to the archive. Only ``question`` is required."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "why was the February trip cancelled?"},
                {
                    "question": "why was the trip cancelled?",
                    "top_k": 3,
                    "as_of": "2023-06-20",
                    "filters": {"published_after": "2023-01", "published_before": "2023-12-31"},
                },
            ]
        }
    )

    question: QuestionText
    top_k: int = Field(5, ge=1, le=50, description="how many passages at most")
    effort: Effort | None = Field(
        None, description="ranking alone, or the best passages read as well; careful where there is what reads them"
    )
    as_of: Day | None = Field(None, description='the asker\'s day, from which "last week" counts; today by default')
    collection: Name = "default"
    writer: Writer | None = Field(
        None, description="who writes the answer: nobody, quoted sentences, or a language model"
    )
    filters: AskFilters = AskFilters()


class Quote(BaseModel):
    """``text`` is exactly the article's text from ``start`` to ``end``, in Unicode code points."""

    start: int
    end: int
    text: str


class Cited(Quote):
    citation: int = Field(description="the number of its passage")


class Sentence(Cited):
    article: str = Field(description="article id")


class Answer(BaseModel):
    text: str = Field(description="the sentences, each with its [citation]")
    writer: Writer
    short: Cited | None = Field(None, description="the few words that answer, inside their sentence")
    sentences: list[Sentence]


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
    highlights: list[Quote] = Field(description="the sentences that answer, best first")
    also_in: list[ArticleHead] = Field([], description="other articles that say the same, nearly word for word")
    article: ArticleHead
    link: str


class State(BaseModel):
    generation: int
    articles: int
    passages: int
    newest_published_at: str | None


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
    passages: list[PassageReply]
    applied_filters: dict[str, Any]
    index: State
    took_ms: float


class ArticleFields(BaseModel):
    """An article as it is brought: `title` and `text` are required, a body `id` must agree with the address."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Blinken arrives in Beijing",
                    "text": "The visit was put off in February after a balloon was seen.",
                    "source": "The Times",
                    "published_at": "2023-06-18",
                    "date_basis": "stated",
                }
            ]
        }
    )

    id: str | None = None
    title: str
    text: str
    url: str | None = None
    source: str | None = Field(None, description="publisher")
    author: str | None = None
    published_at: PartialDate | None = None
    updated_at: PartialDate | None = None
    date_basis: DateBasis | None = None
    language: str | None = None
    tags: list[str] = []
    metadata: dict[str, Any] = {}


# `index.articles` holds the rules; this says them to the OpenAPI document's readers.
ARTICLE = ArticleFields.model_json_schema()


class ArticleListed(ArticleHead):
    updated_at: str | None
    language: str | None
    tags: list[str]
    metadata: dict[str, Any]


class ArticleReply(ArticleListed):
    text: str


class ArticlesReply(BaseModel):
    articles: list[ArticleListed]
    next: str | None = Field(description="the `cursor` of the next page; null on the last")


class Written(BaseModel):
    id: str
    outcome: Literal["added", "replaced", "unchanged"]
    sha256: str


class CitationReply(BaseModel):
    """A passage by its name, as long as its article is kept; superseded once its article's text has changed."""

    id: str
    current: bool = Field(description="whether the article still holds this very text")
    text: str
    start: int
    end: int
    side_story: bool
    article: ArticleHead
    link: str


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(State):
    status: Literal["ready"] = "ready"


class Problem(BaseModel):
    """RFC 9457; `detail` names the field and the value."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


PROBLEM = Problem.model_json_schema()


def asked(question: str) -> AskRequest:
    """A question that asks for nothing special.

    Raises:
        Invalid: it is blank, too long, or no text.
    """
    try:
        return AskRequest(question=question)
    except ValidationError as fault:
        raise Invalid("; ".join(complaints(fault.errors()))) from None


def complaints(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line an error of pydantic's: the field, what is wrong, and the value."""
    return [_complaint(error) for error in errors]


def _complaint(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"the body is not JSON: {error['ctx']['error']}"
    field = _field(error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    value = "" if error["type"] == "missing" else f" (got {shown(error.get('input'))})"
    return f"{field or 'the body'}: {message}{value}"


def _field(location: Sequence[str | int]) -> str:
    inside = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return ".".join(str(part) for part in inside)
