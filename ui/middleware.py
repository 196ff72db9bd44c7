"""What every request passes through: headers, sizes, who may ask.

Pure ASGI; nothing here knows of any conversation.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.logs import log_failure
from ui.metrics import Metrics

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio writes its start-up script into the page; nothing needs eval.
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "media-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OPEN_PATHS = ("/healthz", "/readyz")

# Gradio serves these to anybody, and this page needs none: files taken in, other servers asked.
REFUSED_PATHS = re.compile(
    r"/(?:gradio_api/)?(?:upload|upload_progress|proxy=|stream/|component_server|process_recording"
    r"|deep_link|vibe|runs|monitoring)"
)


class SecurityHeaders:
    """Adds the headers that forbid everything from outside, and keeps replies out of caches.

    A request that a library cannot handle ends here, so that its refusal carries them too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the response's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if "/assets/" not in scope["path"] and "/static/" not in scope["path"]:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a request
            # Whatever broke: the text of an error may quote what was sent, so it is not passed on.
            log_failure("request failed", error)
            # A reply that has begun and is not whole is cut off by the server.
            if not has_begun:
                refusal = _refuse(500, "the request could not be answered")
                await refusal(scope, receive, send_with_headers)


class ConversationCookie:
    """Gives a browser that opens the page a random name for its conversation."""

    def __init__(self, app: ASGIApp, name: str, secure: bool, path: str = "/") -> None:
        self._app = app
        self._name = name
        self._path = path
        self._secure = "; Secure" if secure else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the cookie with the page itself, where there is none yet."""
        is_page = scope["type"] == "http" and _path(scope) in ("/", "") and scope["method"] == "GET"
        if not is_page or f"{self._name}=" in Headers(scope=scope).get("cookie", ""):
            await self._app(scope, receive, send)
            return
        # No Max-Age: it ends with the browser. HttpOnly: no script can read it.
        cookie = (
            f"{self._name}={secrets.token_urlsafe(32)}; Path={self._path or '/'}; HttpOnly;"
            f" SameSite=Strict{self._secure}"
        )

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


class Refusals:
    """Refuses paths that this page does not need, and bodies that are too large."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, metrics: Metrics) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on, its body counted while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if REFUSED_PATHS.search(scope["path"]):
            self._metrics.refused("path")
            await _refuse(403, "this service takes no files and serves no other pages")(
                scope, receive, send
            )
            return
        too_large = _refuse(413, f"a request holds at most {self._max_body_bytes} bytes")
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > self._max_body_bytes:
            self._metrics.refused("size")
            await too_large(scope, receive, send)
            return
        counted = _CountedBody(receive, send, self._max_body_bytes)
        try:
            await self._app(scope, counted.receive, counted.send)
        except Exception:
            if not counted.is_cut_off:
                raise
        if counted.is_cut_off:
            self._metrics.refused("size")
            if not counted.has_begun:
                await too_large(scope, receive, send)


class _CountedBody:
    """A request whose size nobody declared: cut off where it becomes too large.

    What the application then says of a request that ends in its middle is not sent: it does not
    know what was wrong.
    """

    def __init__(self, receive: Receive, send: Send, max_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._left = max_bytes
        self.has_begun = False
        self.is_cut_off = False

    async def receive(self) -> Message:
        """Return the next part of the request."""
        message: Message = {"type": "http.disconnect"}
        if not self.is_cut_off:
            message = await self._receive()
            self._left -= len(message.get("body", b""))
            self.is_cut_off = self._left < 0
        return {"type": "http.disconnect"} if self.is_cut_off else message

    async def send(self, message: Message) -> None:
        """Send a part of the reply."""
        if self.has_begun or not self.is_cut_off:
            self.has_begun = True
            await self._send(message)


class BasicAuth:
    """Asks for user and password on every path but the health routes."""

    def __init__(self, app: ASGIApp, credentials: str, metrics: Metrics) -> None:
        self._app = app
        self._expected = credentials.encode("utf-8")
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it carries the right credentials."""
        if scope["type"] not in ("http", "websocket") or _path(scope) in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        given = _credentials(Headers(scope=scope).get("authorization", ""))
        if secrets.compare_digest(given, self._expected):
            await self._app(scope, receive, send)
            return
        self._metrics.refused("auth")
        refusal = _refuse(401, "a user and a password are needed")
        refusal.headers["WWW-Authenticate"] = 'Basic realm="leg-massage", charset="UTF-8"'
        await refusal(scope, receive, send)


def _credentials(header: str) -> bytes:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _path(scope: Scope) -> str:
    """Return the path without the prefix under which a proxy serves the page."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _refuse(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)
