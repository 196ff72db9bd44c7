"""Markup from every source that the page shows, in a real browser: nothing runs or asks outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from assistant.schema import Answer, Message
from corpus import Citation, Corpus, Document
from safety.decision import Decision
from tests.ui.conftest import page_texts
from tests.ui.reader import Reader
from tests.ui.serving import serve
from ui.server import build_app
from ui.service import Service
from ui.settings import ServiceSettings

pytestmark = pytest.mark.browser

ATTACKS = (
    "<script>document.title='stolen'</script>",
    "<img src=x onerror=\"document.title='stolen'\">",
    "\"><svg onload=document.title='stolen'>",
    "'-alert(1)-'\" onmouseover=\"document.title='stolen'\" x=\"",
    "[a](javascript:document.title='stolen')",
    "![a](http://outside.example/x.png)",
    '<a href="http://outside.example" id=s-1>a</a>',
    "</section></div><iframe srcdoc=\"<script>top.document.title='stolen'</script>\"></iframe>",
    "\u202e<b>turned</b>\u202c",
    "<style>*{display:none}</style>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
)


class HostileAssistant:
    """Answers with an attack in every text that it controls: documents, names and replies."""

    def __init__(self) -> None:
        lines = (f"Line {number}. {attack}" for number, attack in enumerate(ATTACKS))
        text = "\n\n".join(("# Heading", *lines))
        self.document = Document(
            name=f"{ATTACKS[1]}.md", text=text, title=ATTACKS[2], date=ATTACKS[0], markup="markdown"
        )
        self.corpus = Corpus([self.document])

    def load(self) -> None:
        """Load nothing."""

    def refer_by_rules(
        self, question: str, history: Sequence[Message | Mapping[str, str]] = ()
    ) -> None:
        """Refer nothing."""

    def answer(self, question: str, history: Sequence[Message | Mapping[str, str]] = ()) -> Answer:
        """Return the attacks, as a generator that was taken over would write them."""
        quote = self.document.text
        cited = Citation(
            marker=1,
            document=self.document.name,
            title=self.document.title,
            section=ATTACKS,
            start=0,
            end=len(quote),
            quote=quote,
        )
        return Answer(
            outcome="answer",
            text=f"{quote} [1]",
            citations=(cited,),
            decision=Decision(action="answer", policy_version=ATTACKS[0]),
            follow_ups=ATTACKS[:3],
            composer="generator",
            query=question,
        )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    service = Service(HostileAssistant(), ServiceSettings.load({}, store="off"), "test")
    with serve(build_app(service, page_texts(), (ATTACKS[1],))) as served:
        yield served


def test_nothing_hostile_runs_or_asks_anybody(browser: Any, address: str) -> None:
    reader = Reader(browser, address)
    try:
        for attack in (*ATTACKS[:4], "What does it say?"):
            reader.ask(attack)
        reader.tab.wait_for_timeout(300)
        assert reader.tab.title() != "stolen"
        shown = "#lm-chat .message-content, #lm-sources"
        inside = reader.tab.locator(shown).locator("script, img, iframe, svg, style, object, embed")
        assert inside.count() == 0
        links = (
            reader.tab.locator(shown)
            .locator("a")
            .evaluate_all("found => found.map(link => link.getAttribute('href') || '')")
        )
        assert [link for link in links if link.lower().startswith(("javascript:", "data:"))] == []
        handlers = (
            reader.tab.locator(shown)
            .locator("*")
            .evaluate_all(
                "found => found.flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
            )
        )
        assert handlers == []
        here = urlsplit(address).netloc
        asked = {urlsplit(url).netloc for url in reader.requests}
        assert asked - {here, ""} == set()
        text = reader.tab.locator("#lm-sources").inner_text()
        assert "document.title='stolen'" in text
        assert reader.tab.locator("#lm-sources").is_visible()
    finally:
        reader.close()
