"""What is brought over HTTP: received here, taken in by the worker, its jobs listed."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from index.errors import Invalid
from index.folder import Index
from index.jobs import Jobs
from index.records import Rejection
from index.spool import Arriving
from index.store import Job
from service import schemas
from service.api import REFUSED, SENT, MayWrite, Opened, index_of, problems
from service.jobs import Worker
from service.uploads import FORM, STREAM_NAME, STREAMS, cleaned, prefix, receive, room

router = APIRouter()

MOST_WAITING = 1_000
_BODY: dict[str, Any] = {
    "required": True,
    "description": "files of every kind that `footnote ingest` takes, or a stream of articles, one a line",
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}},
                    "id_prefix": {"type": "string", "description": "put before every id"},
                },
            }
        },
        **{kind: {"schema": {"type": "string", "description": "JSON lines"}} for kind in STREAMS},
    },
}


def _refuse_too_many(index: Opened) -> None:
    if index.jobs.waiting() >= MOST_WAITING:
        raise HTTPException(503, f"{MOST_WAITING:,} jobs wait already", {"Retry-After": "60"})


@router.post(
    "/v1/articles",
    status_code=202,
    dependencies=[MayWrite, Depends(_refuse_too_many)],
    response_model=schemas.JobReply,
    responses=problems(*REFUSED, *SENT),
    summary="Bring files, or a stream of articles, to be taken in as a job",
    openapi_extra={"requestBody": _BODY},
)
async def bring(
    request: Request,
    index: Opened,
    id_prefix: Annotated[str, Query(description="put before every id")] = "",
    name: Annotated[str, Query(description="what a stream is called in the ledger")] = STREAM_NAME,
) -> Response:
    """It is a job once this is replied, which a restart of the service does not lose.

    A file's id is its name, folders included, without suffix; an `articles.csv` among the files describes them.
    """
    try:
        with room():
            reply = await _received(request, index.jobs, name, id_prefix)
    except ClientDisconnect:
        return Response(status_code=400)
    _wake(request)
    return JSONResponse(reply.model_dump(), 202, {"Location": f"/v1/jobs/{reply.id}"})


async def brought(request: Request, proven: Callable[[Request, dict[str, str]], None]) -> None:
    """A page's form that brings files, as a job; none if ``proven`` raises at its fields, ``csrf`` among them.

    :raises HTTPException: 503, too many wait, or there is no room; and as ``proven`` does.
    """
    index = index_of(request)
    await run_in_threadpool(_refuse_too_many, index)
    with room():
        async with contextmanager_in_threadpool(index.jobs.arriving()) as arriving:
            said = await receive(request, arriving, STREAM_NAME, ("id_prefix", "csrf"))
            await run_in_threadpool(proven, request, said)
            await run_in_threadpool(_added, index.jobs, arriving, prefix(said.get("id_prefix", "")))
    _wake(request)


def _wake(request: Request) -> None:
    worker: Worker = request.app.state.worker
    worker.wake()


@router.get("/v1/jobs", dependencies=[MayWrite], responses=problems(*REFUSED), summary="List the jobs, latest first")
def jobs(
    index: Opened,
    cursor: Annotated[int, Query(ge=1, lt=2**63, description="`next` of the page before")] = 2**63 - 1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> schemas.JobsReply:
    found = index.jobs.listed(cursor, limit + 1)
    shown = [schemas.JobListed(**_fields(job)) for job in found[:limit]]
    return schemas.JobsReply(jobs=shown, next=str(found[limit - 1].number) if len(found) > limit else None)


@router.get(
    "/v1/jobs/{id}",
    dependencies=[MayWrite],
    responses=problems(*REFUSED, 404),
    summary="How far a job has come, and what did not go in",
)
def job(id: str, index: Opened) -> schemas.JobReply:
    return job_reply(*index.jobs.details(id))


@router.delete(
    "/v1/jobs/{id}",
    dependencies=[MayWrite],
    responses=problems(*REFUSED, 404, 409),
    summary="Cancel a job that has not ended; what it took in stays",
)
def cancel(id: str, index: Opened) -> schemas.JobReply:
    cancelled(index, id)
    return job_reply(*index.jobs.details(id))


def cancelled(index: Index, id: str) -> None:
    """:raises HTTPException: 409, it has ended."""
    before = index.jobs.cancel(id)
    if before in ("done", "failed"):
        raise HTTPException(409, f"the job {id!r} is {before} already")


async def _received(request: Request, jobs: Jobs, name: str, id_prefix: str) -> schemas.JobReply:
    async with contextmanager_in_threadpool(jobs.arriving()) as arriving:
        said = await receive(request, arriving, _stream_name(name))
        return await run_in_threadpool(_added, jobs, arriving, prefix(_one_of(said.get("id_prefix"), id_prefix)))


def _added(jobs: Jobs, arriving: Arriving, prefix: str) -> schemas.JobReply:
    return job_reply(*jobs.details(jobs.add(arriving, prefix).id))


def job_reply(job: Job, files: list[Any], rejections: list[Rejection]) -> schemas.JobReply:
    return schemas.JobReply(
        **_fields(job),
        received=[schemas.ReceivedFile(**file._asdict()) for file in files],
        rejections=[schemas.RejectedPart(file=one.file, line=one.line, reason=one.reason) for one in rejections],
    )


def _fields(job: Job) -> dict[str, Any]:
    tally = job.tally._asdict()
    return {
        "id": job.id,
        "state": job.state,
        "reason": job.reason,
        "id_prefix": job.prefix,
        "files": job.files,
        "files_done": tally.pop("files"),
        "size": job.size,
        **tally,
        "received_at": job.received_at,
        "began_at": job.began_at,
        "ended_at": job.ended_at,
    }


def _stream_name(name: str) -> str:
    path = cleaned(name)
    if path is None or not path.endswith((".jsonl", ".ndjson")):
        raise Invalid(f"name: {name!r} is not that of a .jsonl file")
    return path


def _one_of(said: str | None, asked: str) -> str:
    if said and asked and said != asked:
        raise Invalid(f"id_prefix: the form says {said!r}, the address {asked!r}")
    return said or asked
