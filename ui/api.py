"""The JSON endpoint, the health routes and the metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StrictStr
from starlette.exceptions import HTTPException

from assistant.schema import Answer
from corpus.errors import InputError
from ui.rate import TooManyQuestionsError, address_of
from ui.service import Service, ServiceBusyError, ServiceFailedError

MAX_MESSAGE_CHARS = 2_000_000
"""A longer message is refused; a shorter one that is too long to check is answered by saying so."""


class HistoryMessage(BaseModel):
    """One earlier message."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant", "system"]
    content: Annotated[StrictStr, Field(max_length=MAX_MESSAGE_CHARS)]


class Question(BaseModel):
    """A question with the conversation so far. No session is kept between requests."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "What does petrissage do?", "history": []}]},
    )

    question: Annotated[StrictStr, Field(max_length=MAX_MESSAGE_CHARS)]
    history: list[HistoryMessage] = Field(
        default=[],
        description="Oldest first. Send every user message: what is left out is not considered.",
    )


class Problem(BaseModel):
    """Why there is no reply, and what to do."""

    error: str


class Readiness(BaseModel):
    """Whether everything is loaded, and the state of each part."""

    ready: bool
    parts: dict[str, str]


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        400: "The body cannot be read as JSON.",
        401: "A user and a password are needed.",
        413: "The request is too large.",
        422: "The request has a wrong shape.",
        429: "Too many questions from this address.",
        500: "No reply could be given.",
        503: "Too many questions are waiting.",
    }.items()
}


_UNREADABLE = "the body cannot be read as JSON"
_TOLD = (InputError, TooManyQuestionsError, ServiceBusyError, ServiceFailedError)


def add_routes(app: FastAPI, service: Service) -> None:
    """Add the endpoint, the health routes and, where the settings say so, the metrics."""

    @app.post("/api/answer", response_model=Answer, responses=_PROBLEMS, tags=["answer"])
    def answer(body: Question, request: Request) -> Answer:
        """Answer a question, refer, or say that the sources do not cover it."""
        history = [message.model_dump() for message in body.history]
        return service.reply(body.question, history, channel="api", address=address_of(request))

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        """Lead to the description of this endpoint; Gradio would list its own routes here."""
        return RedirectResponse("api/openapi.json")

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """Say that the process serves requests."""
        return {"status": "ok"}

    @app.head("/readyz", include_in_schema=False)
    @app.get(
        "/readyz", response_model=Readiness, responses={503: {"model": Readiness}}, tags=["health"]
    )
    def readyz() -> Response:
        """Say whether policy, index and models are loaded and verified."""
        ready, parts = service.readiness()
        return JSONResponse({"ready": ready, "parts": parts}, status_code=200 if ready else 503)

    if service.settings.metrics:

        @app.get("/metrics", tags=["health"], response_class=Response)
        def metrics() -> Response:
            """Return the metrics in Prometheus' text form."""
            return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")

    _add_error_handlers(app)


def _add_error_handlers(app: FastAPI) -> None:
    """Turn errors into short JSON that never repeats what was sent."""

    @app.exception_handler(RequestValidationError)
    def wrong_shape(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return JSONResponse({"error": _UNREADABLE}, status_code=400)
        where = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        return JSONResponse({"error": f"{where}: {first['msg']}"}, status_code=422)

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> JSONResponse:
        # What is nested too deeply to be read is the only 400 that FastAPI gives here.
        text = _UNREADABLE if error.status_code == 400 else str(error.detail)
        return JSONResponse({"error": text}, error.status_code, error.headers)

    @app.exception_handler(InputError)
    def wrong_use(_: Request, error: InputError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, status_code=422)

    @app.exception_handler(TooManyQuestionsError)
    def too_many(_: Request, error: TooManyQuestionsError) -> JSONResponse:
        wait = {"Retry-After": str(error.seconds)}
        return JSONResponse({"error": str(error)}, status_code=429, headers=wait)

    @app.exception_handler(ServiceBusyError)
    def busy(_: Request, error: ServiceBusyError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, status_code=503, headers={"Retry-After": "2"})

    @app.exception_handler(ServiceFailedError)
    def failed(_: Request, error: ServiceFailedError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, status_code=500)


def client_function(service: Service) -> Callable[..., dict[str, Any]]:
    """Return ``answer`` for Gradio's clients, which check no types themselves."""
    import gradio as gr

    def answer(
        question: str,
        history: list[dict[str, str]] = [],  # noqa: B006 - Gradio reads the default for its documentation; it is never changed
        request: Any = None,
    ) -> dict[str, Any]:
        """Answer a question about the source documents, or refer to a professional.

        Args:
            question: The question, in English.
            history: The conversation so far, oldest first, as role and content.
            request: Put in by Gradio.
        """
        try:
            reply = service.reply(question, history, channel="client", address=address_of(request))
        except _TOLD as error:
            raise gr.Error(str(error), print_exception=False) from None
        return reply.model_dump(mode="json")

    # Tells Gradio to put the request in; as a name it could not be looked up in this module.
    answer.__annotations__["request"] = gr.Request
    return answer
