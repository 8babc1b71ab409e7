"""What chat clients ask behind their users' backs: a title, tags, what to ask next. Answered without a search.

Open WebUI sends such prompts to the same address as questions; each begins with "### Task:" and says in which JSON it
wants its answer.
"""

import json
import re

TASK = "### Task:"
LONGEST_TITLE = 60  # characters
_ASKED_FOR = re.compile(r'"(title|tags|follow_ups|queries|text)"\s*:')
_SPOKEN = re.compile(r"^\s*(user|assistant):\s*", re.IGNORECASE | re.MULTILINE)


def chore(prompt: str) -> str | None:
    """The reply to a housekeeping prompt; None for what a person asked."""
    if not prompt.lstrip().startswith(TASK):
        return None
    wanted = _ASKED_FOR.search(prompt)
    match wanted and wanted[1]:
        case "title":
            return json.dumps({"title": _title(prompt)}, ensure_ascii=False)
        case "tags":
            return json.dumps({"tags": ["Archive"]})
        case "follow_ups" | "queries" as name:
            return json.dumps({name: []})
        case "text":
            return json.dumps({"text": ""})
        case _:
            return "📰" if "emoji" in prompt else ""


def _title(prompt: str) -> str:
    """The first thing that was asked, cut at a word."""
    history = prompt.partition("<chat_history>")[2].partition("</chat_history>")[0]
    _, *spoken = _SPOKEN.split(history)
    asked = [words for who, words in zip(spoken[::2], spoken[1::2], strict=True) if who.lower() == "user"]
    title = " ".join(asked[0].split()) if asked else "Questions to the archive"
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
