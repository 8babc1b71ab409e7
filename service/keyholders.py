"""Keys over HTTP, for those whose own key may manage them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from service import schemas
from service.api import REFUSED, SENT, problems
from service.auth import may_admin
from service.keys import Key, Keys, end_of

router = APIRouter(dependencies=[Depends(may_admin)])


def keys_of(request: Request) -> Keys:
    keys: Keys = request.app.state.keys
    return keys


Held = Annotated[Keys, Depends(keys_of)]


@router.get("/v1/keys", responses=problems(*REFUSED), summary="List the keys, without what opens, oldest first")
def keys(held: Held) -> schemas.KeysReply:
    return schemas.KeysReply(keys=[schemas.KeyReply(**shown(key)) for key in held.all()])


@router.post("/v1/keys", status_code=201, responses=problems(*REFUSED, *SENT), summary="Make a key")
def make(asked: schemas.KeyRequest, held: Held) -> schemas.KeyMade:
    key, token = made(held, asked)
    return schemas.KeyMade(**shown(key), token=token)


@router.delete("/v1/keys/{id}", responses=problems(*REFUSED, 404), summary="Revoke a key")
def revoke(id: str, held: Held) -> schemas.KeyReply:
    return schemas.KeyReply(**shown(held.revoke(id)))


def made(held: Keys, asked: schemas.KeyRequest) -> tuple[Key, str]:
    """:raises Invalid: it would have expired already."""
    return held.create(
        asked.name, frozenset(asked.scopes), asked.rate, end_of(asked.expires) if asked.expires else None
    )


def shown(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "rate": key.rate,
        "created_at": key.created_at,
        "expires": key.last_day,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "good": key.is_good(datetime.now(UTC)),
    }
