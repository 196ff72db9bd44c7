"""Where each fixed message is grounded, and whether that passage is still the one it was.

Beside the messages lies ``grounding.toml``: the SHA-256 of the paragraph or list item that each
quote stands in, as it was when somebody last compared message and passage. A passage that has
changed since is to be read again, and then recorded anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import PolicyError
from safety.policy import GROUNDING, Policy, bundled

HEADER = (
    "# SHA-256 of the paragraph or list item that each grounding quote stands in. Written by\n"
    "# `leg-massage policy validate --record`, after somebody has read message and passage again.\n"
)


class Grounding(NamedTuple):
    """A passage that a message names: 'pregnancy.grounding', its document and its words."""

    name: str
    document: str
    quote: str

    def passage(self, documents: Mapping[str, str]) -> str | None:
        """Return the paragraph or list item around the quote, None where it does not stand."""
        text = documents.get(self.document, "")
        start = text.find(self.quote)
        if start < 0:
            return None
        end = text.find("\n", start)
        return text[text.rfind("\n", 0, start) + 1 : end if end >= 0 else len(text)]


def documents() -> dict[str, str]:
    """Return the text of every bundled document by its name."""
    from corpus.read import read_bundled

    return {document.name: document.text for document in read_bundled()}


def groundings(messages: Mapping[str, Any]) -> Iterator[Grounding]:
    """Yield every grounding of the messages, in their order."""
    tables = dict(messages.get("contraindication", {}))
    tables |= {name: messages[name] for name in ("general", "failure") if name in messages}
    for table, fields in tables.items():
        for key, entry in fields.items():
            if key.startswith("grounding"):
                yield Grounding(f"{table}.{key}", str(entry["document"]), str(entry["quote"]))


def sha256(passage: str) -> str:
    """Return the SHA-256 of a passage in UTF-8, hexadecimal."""
    return hashlib.sha256(passage.encode("utf-8")).hexdigest()


def record(policy: Policy, folder: Path | None = None) -> Path:
    """Write the hashes of the passages as they are now; return the file.

    Raises:
        PolicyError: A quote does not stand in its document, or the file cannot be written.
    """
    texts = documents()
    lines = [HEADER, "[sha256]\n"]
    for grounding in groundings(policy.messages):
        passage = grounding.passage(texts)
        if passage is None:
            raise PolicyError(f"{grounding.name}: the quote is not in {grounding.document}")
        lines.append(f'"{grounding.name}" = "{sha256(passage)}"\n')
    file = (folder or Path(str(bundled()))) / f"{GROUNDING}.toml"
    try:
        file.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise PolicyError(f"{file}: cannot be written ({error})") from error
    return file
