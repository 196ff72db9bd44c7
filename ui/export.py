"""A conversation as a file: Markdown to read, JSON to check; with sources and policy version."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from assistant.schema import MARK
from corpus import Citation
from ui.conversations import Conversation, Conversations
from ui.layout import conversation_key
from ui.markup import escape, plain_to_markdown
from ui.wording import PageWords

FORMAT = 1


def add_export_routes(
    app: FastAPI, conversations: Conversations, words: PageWords, note: str
) -> None:
    """Add the two downloads of the conversation that the browser's cookie names.

    Args:
        app: Where they are added.
        conversations: What was said.
        words: The page's words.
        note: The policy's standing note, which stands in front of what is saved.
    """

    def found(request: Request) -> Conversation | None:
        conversation = conversations.find(conversation_key(request.cookies, None))
        return conversation if conversation and conversation.turns else None

    @app.get("/conversation.md", include_in_schema=False)
    def markdown(request: Request) -> Response:
        conversation = found(request)
        if conversation is None:
            return _nothing_said(request, words)
        text = as_markdown(conversation, words.title, note)
        return Response(text, media_type="text/markdown; charset=utf-8", headers=_named("md"))

    @app.get("/conversation.json", include_in_schema=False)
    def as_file(request: Request) -> Response:
        conversation = found(request)
        if conversation is None:
            return _nothing_said(request, words)
        text = json.dumps(as_json(conversation), ensure_ascii=False, indent=2)
        return Response(text, media_type="application/json", headers=_named("json"))


def _named(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="conversation.{ending}"'}


def _nothing_said(request: Request, words: PageWords) -> Response:
    """Say so: as a page where a link was followed, as data to anybody else."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": words.nothing_to_save}, status_code=404)
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(words.title)}</title>"
        '<meta name="viewport" content="width=device-width"><style>:root{color-scheme:light dark}'
        "main{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
        f"</style></head><body><main><h1>{escape(words.title)}</h1>"
        f'<p>{escape(words.nothing_to_save)}</p><p><a href=".">{escape(words.back_to_page)}</a></p>'
        "</main></body></html>",
        status_code=404,
    )


def as_json(conversation: Conversation) -> dict[str, Any]:
    """Return the whole conversation as data: every answer complete, sources by number."""
    return {
        "format": FORMAT,
        "turns": [
            {
                "question": turn.question,
                "answer": turn.answer.model_dump(mode="json") if turn.answer else None,
            }
            for turn in conversation.turns
        ],
        "sources": {
            str(number): citation.model_dump(mode="json")
            for number, citation in sorted(conversation.citations.items())
        },
    }


def as_markdown(conversation: Conversation, title: str, note: str) -> str:
    """Return the conversation as Markdown, with numbered sources and the policy's version."""
    lines = [f"# {title}", "", f"> {' '.join(note.split())}", ""]
    versions: dict[str, None] = {}
    for turn in conversation.turns:
        lines += ["## Question", "", plain_to_markdown(turn.question), "", "## Reply", ""]
        if turn.answer is None:
            lines += ["(no reply)", ""]
            continue
        by_marker = {c.marker: conversation.number(c) for c in turn.answer.citations}
        renumbered = MARK.sub(
            lambda m, numbers=by_marker: f"[{numbers[int(m.group(1))]}]",  # type: ignore[misc]
            turn.answer.text,
        )
        lines += [renumbered, ""]
        versions[turn.answer.decision.policy_version] = None
    lines += ["## Sources", ""]
    lines += [_source(number, c) for number, c in sorted(conversation.citations.items())]
    lines += ["", f"Safety policy: {', '.join(versions) or 'none consulted'}", ""]
    return "\n".join(lines)


def _source(number: int, citation: Citation) -> str:
    where = " › ".join([citation.document, *citation.section])
    quote = " ".join(citation.quote.split())
    return f"{number}. {where}, characters {citation.start} to {citation.end}:\n   “{quote}”"
