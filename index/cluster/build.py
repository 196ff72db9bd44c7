"""Embedding a corpus on the workers of a cluster.

Nearly all of a build is embedding, and that is what is shared out: each worker gets whole runs of
texts (`index.chunks`) and gives their vectors, which the builder keeps as it would keep its own.
The rest of the build is the code of one machine: it can be killed, gone on with and compared in the
same way. Ray Data loads the model once a worker, sends no more runs than are worked
at, and gives the runs of a lost worker to another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from index.build import Ahead
from index.chunks import Run, embed_run
from index.embedder import Embedder
from index.errors import ModelError

MakeEmbedder = Callable[[], Embedder]
"""Called once in each worker; what it needs has to be on every node."""


def embed_on_workers(make_embedder: MakeEmbedder, workers: int, gpus: float = 0.0) -> Ahead:
    """Return what `index.build.build_index` calls to have texts embedded by a cluster.

    Args:
        make_embedder: Gives the embedder; it has to be of the index's model.
        workers: How many embed at the same time, at most.
        gpus: CUDA devices of a worker; a part of one is allowed.
    """

    def ahead(run: Run, texts: Iterable[str]) -> None:
        import ray.data

        open_runs = [_packed(begin, new) for begin, new in run.unfinished(texts)]
        total, done = sum(row["count"] for row in open_runs), 0
        run.report("embed", done, total)
        if not open_runs:
            return
        ray.data.DataContext.get_current().enable_progress_bars = False
        embedded = ray.data.from_items(open_runs, override_num_blocks=len(open_runs)).map_batches(
            Worker,
            fn_constructor_args=(make_embedder, run.weights),
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
            batch_size=1,
            num_cpus=1,
            num_gpus=gpus or None,
        )
        for row in embedded.iter_rows():
            vectors = np.frombuffer(row["vectors"], dtype=np.float32)
            run.keep(int(row["begin"]), vectors.reshape(int(row["count"]), -1))
            done += int(row["count"])
            run.report("embed", done, total)

    return ahead


def _packed(begin: int, texts: list[str]) -> dict[str, Any]:
    # As JSON in ASCII: tables of Arrow hold no lone surrogates, which a text may have.
    return {"begin": begin, "count": len(texts), "texts": json.dumps(texts).encode("ascii")}


class Worker:
    """Embeds runs with a model that is loaded once."""

    def __init__(self, make_embedder: MakeEmbedder, weights: str) -> None:
        self._embedder = make_embedder()
        self._weights = weights

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the run with its vectors in place of its texts."""
        # Not when it is made: Ray would make it again and again.
        if self._embedder.digest != self._weights:
            raise ModelError(f"a worker has another model ({self._embedder.model_id})")
        runs = [embed_run(json.loads(bytes(texts)), self._embedder) for texts in batch["texts"]]
        found = [np.ascontiguousarray(run, dtype=np.float32).tobytes() for run in runs]
        return {"begin": batch["begin"], "count": batch["count"], "vectors": found}
