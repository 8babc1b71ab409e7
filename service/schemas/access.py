"""Replied of keys."""

from pydantic import BaseModel, Field

from service.schemas.requests import Scope


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
