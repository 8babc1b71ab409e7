"""Replied of the service itself, and when something is refused."""

from typing import Literal

from pydantic import BaseModel, Field


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
