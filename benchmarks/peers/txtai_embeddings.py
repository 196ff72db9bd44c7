"""txtai: its embeddings database over the local model, contents kept."""

from measure import TOP, Task

task = Task()
from txtai import Embeddings  # noqa: E402

task.mark("import")
embeddings = Embeddings(path=task.model, method="transformers", content=True, gpu=False)
task.mark("load")
embeddings.index([(i, text, None) for i, text in enumerate(task.passages)])
task.mark("index")


def ask(question: str) -> list[str]:
    """Return the passages nearest to the question."""
    return [found["text"] for found in embeddings.search(question, TOP)]


task.finish(ask)
