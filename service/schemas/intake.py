"""Replied of what is brought: files, jobs, feeds, and what of them no question finds."""

from typing import Literal

from pydantic import BaseModel, Field

from index.records import FileState, JobState


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
