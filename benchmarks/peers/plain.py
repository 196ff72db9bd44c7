"""sentence-transformers and a flat FAISS index, nothing else: what most tutorials show."""

from measure import TOP, Task

task = Task()
import faiss  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

task.mark("import")
model = SentenceTransformer(task.model, device="cpu")
task.mark("load")
index = faiss.IndexFlatIP(384)
index.add(model.encode(task.passages, normalize_embeddings=True, show_progress_bar=False))
task.mark("index")


def ask(question: str) -> list[str]:
    """Return the passages nearest to the question."""
    vector = model.encode([question], normalize_embeddings=True, show_progress_bar=False)
    return [task.passages[i] for i in index.search(vector, TOP)[1][0]]


task.finish(ask)
