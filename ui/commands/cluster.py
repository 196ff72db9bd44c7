"""``leg-massage cluster``: build an index on several machines, and serve from them."""

from __future__ import annotations

import argparse
import functools
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ui.commands.common import add_source_arguments, make_assistant, show_progress

if TYPE_CHECKING:
    from index.embedder import Embedder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="embed the documents on the workers of a cluster")
    build.add_argument("--workers", type=_number, default=2, help="that embed at once (2)")
    build.add_argument("--gpus", type=float, default=0.0, help="CUDA devices of a worker (0)")
    build.add_argument("--shards", type=_number, default=1, help="stretches to keep vectors in (1)")
    serve = actions.add_parser("serve", help="answer from replicas on the nodes of a cluster")
    serve.add_argument("--replicas", type=_number, default=2, help="that answer (2)")
    serve.add_argument("--copies", type=_number, default=1, help="of each shard (1)")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    serve.add_argument(
        "--listen",
        choices=["head", "every"],
        default="head",
        help="on the head node, or on every node that has a replica (head)",
    )
    for action in (build, serve):
        action.add_argument("--address", default="auto", help="host:port of the cluster (auto)")
        add_source_arguments(action)


def run(options: argparse.Namespace) -> int:
    """Do what was asked for; return the exit status."""
    from index.cluster.connection import connected

    with connected(options.address):
        return _build(options) if options.action == "build" else _serve(options)


def _build(options: argparse.Namespace) -> int:
    from assistant.answering import folder_for, gate_for
    from index import build_index, find_model
    from index.cluster.build import embed_on_workers

    assistant = make_assistant(options)
    settings, corpus = assistant.settings, assistant.corpus
    folder = folder_for(corpus, settings.index, options.corpus or settings.corpus)
    device = "cuda" if options.gpus else "cpu"
    index = build_index(
        corpus,
        folder,
        find_model(settings.model, settings.precision),
        progress=show_progress,
        gate=gate_for(corpus),
        gpu=False,  # of this machine, which only writes
        shards=options.shards,
        ahead=embed_on_workers(
            functools.partial(reference, settings.model, device), options.workers, options.gpus
        ),
    )
    count = len(index.manifest.shards) or 1
    sys.stdout.write(f"indexed {index.manifest.passages} passages in {count} shards in {folder}\n")
    return 0


def reference(model: Path | None, device: str) -> Embedder:
    """Return the reference embedder, as each worker makes it."""
    from index import SentenceTransformerEmbedder, find_model

    return SentenceTransformerEmbedder(find_model(model), device)


def _serve(options: argparse.Namespace) -> int:
    from assistant.answering import folder_for, gate_for
    from index import find_model, load_index
    from ui.cluster.application import make_plan
    from ui.cluster.running import start, stop

    assistant = make_assistant(options)
    settings, corpus = assistant.settings, assistant.corpus
    folder = folder_for(corpus, settings.index, options.corpus or settings.corpus)
    model = find_model(settings.model, settings.precision)
    index = load_index(corpus, folder, model, gate=gate_for(corpus))
    plan = make_plan(options.corpus or (), options.policy, folder, options.replicas, options.copies)
    start(plan, len(index.manifest.shards), options.host, options.port, options.listen)
    sys.stderr.write(
        f"answering on http://{options.host}:{options.port}/api/answer; stop with Ctrl+C\n"
    )
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        stop()
    return 0


def _number(text: str) -> int:
    """Return a count of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 or more")
    return int(text)
