"""A policy that is kept prepared, so that a start need not read and compile it anew.

What is kept is plain text that says what it was made from: every byte of the policy's files and of
the code that compiles them, and the version of Python. Where anything differs, where the file is
damaged or somebody else could have written it, it is not used: the policy is compiled from its own
files, as without a cache, and kept anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import stat
import sys
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from corpus.cache import cache_folder
from safety.compile import Compiled
from safety.packed import Packed
from safety.policy import FOLDERS, Policy, bundled, load_policy
from safety.policy_tables import Tables, make_tables

log = logging.getLogger(__name__)

_MOST = 64 << 20
"""Bytes that are read of a kept policy; the bundled one takes two million."""


def prepared_policy(path: Path | str | None = None, cache: Path | None = None) -> Compiled:
    """Return a policy compiled: as it was kept, if that fits to the last byte, else anew.

    Args:
        path: Folder of the policy; the bundled one by default.
        cache: Folder where it is kept; one in the user's cache folder by default.

    Raises:
        PolicyError: The policy cannot be relied on; see ``load_policy``.
    """
    folder = Path(path) if path is not None else bundled()
    key = _key(folder)
    if key is None:
        return Compiled(load_policy(path))
    place = cache if cache is not None else cache_folder() / "policy"
    file = place / f"{hashlib.sha256(os.fsencode(str(folder))).hexdigest()[:16]}.txt"
    kept = _read(file, key)
    if kept is not None:
        return Compiled(*kept)
    policy = load_policy(path)
    tables = make_tables(policy)
    compiled = Compiled(policy, tables)
    # Only what was read from these very files: they may have changed while they were read.
    if _key(folder) == key:
        _keep(file, key, policy, tables)
    return compiled


def _key(folder: Traversable) -> str | None:
    """Return the SHA-256 of all that a prepared policy depends on; None where it cannot be read."""
    digest = hashlib.sha256(sys.version.encode())
    package = resources.files("safety")
    try:
        code = [f for f in package.iterdir() if f.name.endswith(".py")]
        sources = [*code, package / "tables" / "words.txt", *_policy_files(folder)]
        for source in sorted(sources, key=str):
            raw = source.read_bytes()
            digest.update(f"{source}\0{len(raw)}\0".encode("utf-8", "surrogateescape") + raw)
    except (OSError, UnicodeError):
        return None
    return digest.hexdigest() if code else None


def _policy_files(folder: Traversable) -> list[Traversable]:
    places = [folder, *(folder / name for name in FOLDERS)]
    return [f for place in places for f in place.iterdir() if f.name.endswith(".toml")]


def _keep(file: Path, key: str, policy: Policy, tables: Tables) -> None:
    """Write a prepared policy; it appears whole or not at all. A full disk costs only time."""
    written = policy.model_dump_json()
    if Policy.model_validate_json(written) != policy:
        return  # a message with a date in it, say, which JSON has no form for
    body = f"{written}\n{json.dumps(_plain(tables), separators=(',', ':'))}".encode()
    head = json.dumps({"key": key, "sha256": hashlib.sha256(body).hexdigest()}).encode()
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(head + b"\n" + body)
        part.replace(file)
    except OSError as error:
        log.info("the prepared policy is not kept: %s", error)
        with contextlib.suppress(OSError):
            part.unlink()


def _read(file: Path, key: str) -> tuple[Policy, Tables] | None:
    """Return what is kept, None where it is not there, not ours, of something else or damaged."""
    try:
        with file.open("rb") as kept:
            if not _is_ours(kept.fileno()):
                log.warning("%s: others can write it; it is not used", file)
                return None
            head, _, body = kept.read(_MOST).partition(b"\n")
        if json.loads(head) != {"key": key, "sha256": hashlib.sha256(body).hexdigest()}:
            return None
        policy, _, tables = body.partition(b"\n")
        return Policy.model_validate_json(policy), _tables(json.loads(tables))
    except (OSError, ValueError, TypeError):
        return None


def _is_ours(descriptor: int) -> bool:
    """Tell whether nobody but this user can have written a file, as far as the system tells."""
    if os.name != "posix":
        return True
    status = os.fstat(descriptor)
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _plain(tables: Tables) -> list[Any]:
    """Return tables as JSON has them; names of symbols stand in the order of their numbers."""
    return [
        sorted(tables.symbols, key=tables.symbols.__getitem__),
        {word: sorted(symbols) for word, symbols in tables.words.items()},
        {prefix: sorted(symbols) for prefix, symbols in tables.prefixes.items()},
        sorted(tables.safe),
        tables.phrases,
        tables.members,
    ]


def _tables(plain: list[Any]) -> Tables:
    names, words, prefixes, safe, phrases, members = plain
    return Tables(
        {name: number for number, name in enumerate(names)},
        {word: frozenset(symbols) for word, symbols in words.items()},
        {prefix: frozenset(symbols) for prefix, symbols in prefixes.items()},
        frozenset(safe),
        Packed(*phrases),
        Packed(*members),
    )
