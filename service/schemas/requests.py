"""What is asked and brought. It is held to strictly: a mistyped filter must not widen a search."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from index.articles import shown
from index.dates import parse
from index.errors import Invalid
from index.records import DateBasis, Filters, Period

LONGEST_QUESTION, LONGEST_ANSWER = 2000, 20_000  # characters
LONGEST_HISTORY = 100  # turns
MOST_FIELDS = 100

Writer = Literal["none", "quotes", "model"]
Effort = Literal["fast", "careful"]
Scope = Literal["ask", "write", "admin"]


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
QuestionText = Annotated[
    str, Field(min_length=1, max_length=LONGEST_QUESTION), AfterValidator(_clean), AfterValidator(_not_blank)
]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_many(cls, value: object) -> object:
        """Each field that is not known would be complained of by itself."""
        if isinstance(value, dict) and len(value) > MOST_FIELDS:
            raise ValueError(f"has {len(value):,} fields, of which {', '.join(map(repr, cls.model_fields))} are known")
        return value


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


class Turn(Request):
    """A question that was asked before, and what was answered."""

    question: QuestionText
    answer: Annotated[str, Field(max_length=LONGEST_ANSWER), AfterValidator(_clean)] | None = None


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
    history: Annotated[list[Turn], Field(max_length=LONGEST_HISTORY)] = Field(
        [], description='earlier turns, oldest first, from which "and when was the one before?" is understood'
    )
    debug: bool = Field(False, description="`steps_ms` in the reply: the milliseconds of each step")
    stream: bool = Field(False, description="server-sent events: the passages, each sentence, then the whole reply")


class KeyRequest(Request):
    """A key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_clean), AfterValidator(_not_blank)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=10)] = ["ask"]
    rate: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="requests a minute")
    expires: PartialDate | None = Field(None, description="the last day it is good", examples=["2027-12-31"])


class ArticleFields(BaseModel):
    """An article as it is brought: `title` and `text` are required, a body `id` must agree with the address."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Talks in Beijing",
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


def asked(question: str, **fields: Any) -> AskRequest:
    """A question, and what else a request may say.

    Raises:
        Invalid: it is blank, too long, or no text; another field breaks its rule.
    """
    try:
        return AskRequest.model_validate({"question": question, **fields})
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
