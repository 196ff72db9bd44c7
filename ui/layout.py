"""The page's layout in Gradio components, and which event calls what of `ui.page.ChatPage`."""

from __future__ import annotations

import functools
import inspect
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ui.markup import escape
from ui.page import ChatPage
from ui.rate import address_of
from ui.wording import PageWords

if TYPE_CHECKING:
    import gradio as gr

COOKIE = "leg_massage_conversation"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")


def conversation_key(cookies: Mapping[str, str], session: str | None) -> str:
    """Return the key of the conversation that a request belongs to.

    The page's cookie, so that loading the page again does not un-say anything; for a client without
    cookies its Gradio session; for one without either, a conversation of its own.
    """
    cookie = cookies.get(COOKIE, "")
    if _TOKEN.fullmatch(cookie):
        return f"cookie {cookie}"
    return f"session {session}" if session else f"once {secrets.token_urlsafe(24)}"


def _key(request: gr.Request) -> str:
    return conversation_key(request.cookies, request.session_hash)


def build_page(
    page: ChatPage, words: PageWords, note: str, examples: Sequence[str], concurrency: int
) -> gr.Blocks:
    """Return the page as Gradio blocks, ready to be mounted."""
    import gradio as gr

    blocks: gr.Blocks = gr.Blocks(
        title=words.title, analytics_enabled=False, delete_cache=(3600, 3600), fill_width=True
    )
    with blocks:
        gr.Markdown(_header(words), elem_id="lm-header")
        with gr.Row(elem_id="lm-columns", equal_height=False):
            with gr.Column(elem_id="lm-talk", scale=6, min_width=0):
                parts = _conversation(words, examples)
                gr.Markdown(f'<div role="note">{escape(note)}</div>', elem_id="lm-note")
            with gr.Column(elem_id="lm-side", scale=5, min_width=0):
                panel = gr.Markdown(elem_id="lm-sources", latex_delimiters=[])
        _Wiring(page, words, parts, panel, concurrency).connect(blocks)
    return blocks


def _conversation(words: PageWords, examples: Sequence[str]) -> dict[str, Any]:
    import gradio as gr

    parts: dict[str, Any] = {
        "chat": gr.Chatbot(
            elem_id="lm-chat",
            label=words.conversation_name,
            show_label=False,
            height="auto",
            layout="bubble",
            autoscroll=False,  # page.js shows a reply from its beginning
            buttons=[],
            feedback_options=None,
            allow_tags=False,
            latex_delimiters=[],
            placeholder=f"<h2>{escape(words.welcome)}</h2><p>{escape(words.welcome_hint)}</p>",
            examples=[{"text": example} for example in examples] or None,
        )
    }
    with gr.Row(elem_id="lm-rate", visible=False) as parts["rate"]:
        gr.Markdown(words.feedback.question, elem_id="lm-rate-question")
        parts["yes"] = gr.Button(words.feedback.yes, size="sm", elem_id="lm-rate-yes", min_width=0)
        parts["no"] = gr.Button(words.feedback.no, size="sm", elem_id="lm-rate-no", min_width=0)
    # Always there, though empty: what is put into a status is read out, a new status may not be.
    parts["thanks"] = gr.Markdown("", elem_id="lm-thanks")
    with gr.Row(elem_id="lm-reasons", visible=False) as parts["reasons"]:
        gr.Markdown(words.feedback.why, elem_id="lm-reasons-question")
        parts["reason"] = {
            code: gr.Button(text, size="sm", min_width=0)
            for code, text in words.feedback.reasons.items()
        }
    parts["box"] = gr.Textbox(
        label=words.ask_label,
        show_label=False,
        placeholder=words.ask_placeholder,
        submit_btn=words.ask_button,
        autofocus=True,
        lines=1,
        max_lines=6,
        elem_id="lm-box",
    )
    with gr.Row(elem_id="lm-tools"):
        parts["anew"] = gr.Button(words.new_conversation, size="sm", elem_id="lm-new", min_width=0)
        gr.Markdown(_exports(words), elem_id="lm-exports")
    return parts


def _header(words: PageWords) -> str:
    return (
        f"<h1>{escape(words.title)}</h1><p>{escape(words.tagline)} "
        f'<a class="lm-skip" href="#lm-sources">{escape(words.skip_to_sources)}</a></p>'
    )


def _exports(words: PageWords) -> str:
    return (
        f'<p><span class="lm-hint">{escape(words.new_conversation_hint)}</span> '
        f'<a href="conversation.md">{escape(words.save_markdown)}</a> '
        f'<a href="conversation.json">{escape(words.save_json)}</a></p>'
    )


class _Wiring:
    """Connects the components' events with the page."""

    def __init__(
        self,
        page: ChatPage,
        words: PageWords,
        parts: dict[str, Any],
        panel: gr.Markdown,
        concurrency: int,
    ) -> None:
        self._page = page
        self._words = words
        self._parts = parts
        self._shown = [parts["chat"], panel, parts["box"]]
        self._rating = [parts["rate"], parts["reasons"], parts["thanks"]]
        self._options: dict[str, Any] = {
            "api_visibility": "private",
            # What is posted reaches `ui.history` as it came: Gradio's own reading quotes what it
            # cannot read in its errors.
            "preprocess": False,
            "concurrency_limit": concurrency,
            "concurrency_id": "questions",
        }

    def connect(self, blocks: gr.Blocks) -> None:
        """Attach every event."""
        import gradio as gr

        parts, chat, outputs = self._parts, self._parts["chat"], [*self._shown, *self._rating]
        gr.on(
            [parts["box"].submit],
            _handler(self._ask, request=gr.Request),
            [parts["box"], chat],
            outputs,
            show_progress="minimal",
            **self._options,
        )
        for event in (chat.example_select, chat.option_select):
            event(
                _handler(self._ask_selected, selected=gr.SelectData, request=gr.Request),
                [chat],
                outputs,
                show_progress="minimal",
                **self._options,
            )
        quick: dict[str, Any] = {
            "api_visibility": "private",
            "preprocess": False,
            "queue": False,
            "show_progress": "hidden",
        }
        parts["anew"].click(_handler(self._forget, request=gr.Request), None, outputs, **quick)
        blocks.load(_handler(self._restore, request=gr.Request), None, outputs, **quick)
        for vote in ("yes", "no"):
            rate = _handler(functools.partial(self._vote, vote), request=gr.Request)
            parts[vote].click(rate, None, self._rating, **quick)
        for code, button in parts["reason"].items():
            explain = _handler(functools.partial(self._explain, code), request=gr.Request)
            button.click(explain, None, self._rating, **quick)

    def _ask(self, question: object, posted: object, request: gr.Request) -> Iterator[list[Any]]:
        key = _key(request)
        for bubbles, panel in self._page.ask(question, posted, key, address_of(request)):
            # The panel goes along each time: for a gr.skip() here, Gradio makes a new component of
            # it on every call and never lets go of it.
            yield [bubbles, panel, "", *self._rate_row(key)]

    def _ask_selected(
        self, posted: object, selected: gr.SelectData, request: gr.Request
    ) -> Iterator[list[Any]]:
        value = selected.value
        question = value.get("text") if isinstance(value, dict) else value
        yield from self._ask(question, posted, request)

    def _forget(self, request: gr.Request) -> list[Any]:
        bubbles, panel = self._page.forget(_key(request))
        return [bubbles, panel, "", *self._rate_row("")]

    def _restore(self, request: gr.Request) -> list[Any]:
        key = _key(request)
        bubbles, panel = self._page.restore(key)
        return [bubbles, panel, "", *self._rate_row(key)]

    def _rate_row(self, key: str) -> list[Any]:
        """Return row, reasons and thanks: the row alone, where there is a reply to rate."""
        import gradio as gr

        is_open = bool(key) and self._page.opinions.is_open(key)
        return [gr.update(visible=is_open), gr.update(visible=False), ""]

    def _vote(self, vote: str, request: gr.Request) -> list[Any]:
        import gradio as gr

        told = self._page.opinions.vote(_key(request), vote)
        asks_why = vote == "no" and told.is_kept
        return [gr.update(visible=told.again), gr.update(visible=asks_why), told.text]

    def _explain(self, reason: str, request: gr.Request) -> list[Any]:
        import gradio as gr

        told = self._page.opinions.explain(_key(request), reason)
        return [gr.update(visible=False), gr.update(visible=told.again), told.text]


def _handler(method: Callable[..., Any], **injected: type) -> Callable[..., Any]:
    """Return the method as a function whose annotations tell Gradio what to inject.

    Gradio is imported late, so the annotations of this module are only names, and it reads them
    from functions, not from what a bound method points at.
    """
    plain = inspect.signature(method)

    if inspect.isgeneratorfunction(method):

        @functools.wraps(method)
        def handler(*args: Any) -> Iterator[Any]:
            yield from method(*args)

    else:

        @functools.wraps(method)
        def handler(*args: Any) -> Any:
            return method(*args)

    handler.__annotations__ = dict(injected)
    del handler.__wrapped__
    handler.__signature__ = plain.replace(  # type: ignore[attr-defined]
        parameters=[
            p.replace(annotation=injected.get(p.name, inspect.Parameter.empty))
            for p in plain.parameters.values()
        ],
        return_annotation=inspect.Signature.empty,
    )
    return handler
