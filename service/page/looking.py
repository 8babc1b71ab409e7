"""The part of the page that looks at the archive, by itself: its script puts it in place of the old one."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from service.api import MayAsk
from service.page.look import chosen, look
from service.page.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/look", dependencies=[MayAsk], response_class=HTMLResponse)
def fragment(request: Request) -> Response:
    return render(request, "look.html", look=look(request, chosen(request)))
