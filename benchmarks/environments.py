"""Environments of the products that ours is compared with, one each, kept between runs.

torch comes first and by itself, as in this project's own environment: asked for by another package
it would come with gigabytes of CUDA libraries.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("build/bench")
TORCH = "torch==2.13.0"


@dataclass(frozen=True)
class Peer:
    """A product, the packages that it takes and the script that runs it."""

    name: str
    script: str
    packages: tuple[str, ...]
    needs_torch: bool = True

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return (FOLDER / self.name / "bin" / "python").absolute()


PEERS = (
    Peer("plain", "plain.py", ("sentence-transformers", "faiss-cpu")),
    Peer(
        "haystack",
        "haystack_pipeline.py",
        ("haystack-ai", "sentence-transformers", "sentence-transformers-haystack"),
    ),
    Peer(
        "llamaindex",
        "llamaindex_retriever.py",
        (
            "llama-index-core",
            "llama-index-embeddings-huggingface",
            "llama-index-vector-stores-faiss",
            "faiss-cpu",
        ),
    ),
    Peer(
        "langchain",
        "langchain_store.py",
        ("langchain-huggingface", "langchain-community", "faiss-cpu", "sentence-transformers"),
    ),
    Peer("txtai", "txtai_embeddings.py", ("txtai", "sentence-transformers")),
)
OURS = Peer("ours", "ours.py", (str(Path(__file__).parents[1]),))
"""This product as a user installs it; what is measured runs from the environment of the project."""
MEDSPACY = Peer("medspacy", "guards.py", ("medspacy",), needs_torch=False)


class InstallError(Exception):
    """An environment could not be made; the message is the installer's last line."""


def install(peer: Peer) -> None:
    """Make the environment of a peer, if it is not there.

    Raises:
        InstallError: A package cannot be had.
    """
    folder = FOLDER / peer.name
    stamp = folder / "installed"
    wanted = "\n".join(peer.packages)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"installing {peer.name} …", flush=True)
    # The interpreter below this environment, so that nothing of it is seen from the new one.
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", str(folder)], check=True)
    for packages in ([TORCH] if peer.needs_torch else [], list(peer.packages)):
        if packages:
            _pip(peer, packages)
    stamp.write_text(wanted, encoding="utf-8")


def _pip(peer: Peer, packages: list[str]) -> None:
    command = ["nice", "-n", "19", str(peer.python), "-m", "pip", "install", "--quiet", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise InstallError((lines or done.stderr.splitlines() or ["no reason given"])[-1])


def size(python: Path) -> tuple[int, int]:
    """Return how many megabytes an environment takes, and how many packages are in it."""
    code = (
        "import importlib.metadata as m, json, sys;"
        "print(json.dumps([sys.prefix, len(list(m.distributions()))]))"
    )
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    prefix, packages = json.loads(done.stdout)
    used = subprocess.run(["du", "-sm", prefix], capture_output=True, text=True, check=True)
    return int(used.stdout.split()[0]), packages


def version_of(python: Path, package: str) -> str:
    """Return the version of a package in an environment."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "not installed"
