"""Re-check a reply against the documents: every quote, offset, hash and mark. Offline, no index.

problems = verify(reply, Corpus.bundled())    # empty when everything holds
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.schema import MARK, Answer
from corpus import Citation, Corpus, CorpusError


def verify(reply: Answer, corpus: Corpus) -> list[str]:
    """Return what does not hold, as sentences that name the citation; empty when all of it does.

    Checked are: each quote is the slice of its document; the document is the one that was quoted;
    marks are numbered from 1 by first appearance; each has its citation and the other way round;
    each paragraph of an answer and each item of a list carries a mark; the passages of referrals
    and notices are among the citations.

    Args:
        reply: An answer, fresh or read from JSON.
        corpus: The documents that it was given from.
    """
    problems = [p for citation in reply.citations for p in _citation_problems(citation, corpus)]
    problems += _mark_problems(reply)
    cited = {(c.document, c.start, c.end) for c in reply.citations}
    for referral in (*reply.referrals, *reply.notices):
        place = referral.citation
        if (place.document, place.start, place.end) not in cited:
            problems.append(f"{referral.contraindication}: its passage is not among the citations")
    return problems


def _citation_problems(citation: Citation, corpus: Corpus) -> Iterator[str]:
    name = f"[{citation.marker}]"
    try:
        document = corpus.document(citation.document)
    except CorpusError:
        yield f"{name}: the corpus has no document {citation.document}"
        return
    if document.text[citation.start : citation.end] != citation.quote:
        yield f"{name}: the quote is not {citation.document}[{citation.start}:{citation.end}]"
    if citation.sha256 and citation.sha256 != document.sha256:
        yield f"{name}: {citation.document} is not the text that was quoted (its hash differs)"


def _mark_problems(reply: Answer) -> Iterator[str]:
    marks = [int(number) for number in MARK.findall(reply.text)]
    if list(dict.fromkeys(marks)) != list(range(1, len(set(marks)) + 1)):
        yield "the marks are not numbered by first appearance"
    for citation in reply.citations:
        if citation.marker not in marks:
            yield f"[{citation.marker}]: cited but not marked in the text"
    if reply.outcome != "answer":
        return
    for line in reply.text.splitlines():
        if line.strip() and not MARK.search(line):
            yield f"no source for: {line.strip()[:60]}"
