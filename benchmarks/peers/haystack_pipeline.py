"""Haystack: the store in memory, its sentence-transformers embedders, a retrieval pipeline."""

from measure import TOP, Task

task = Task()
from haystack import Document, Pipeline  # noqa: E402
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever  # noqa: E402
from haystack.document_stores.in_memory import InMemoryDocumentStore  # noqa: E402
from haystack.utils import ComponentDevice  # noqa: E402
from haystack_integrations.components.embedders.sentence_transformers import (  # noqa: E402
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

task.mark("import")
settings = {
    "model": task.model,
    "device": ComponentDevice.from_str("cpu"),
    "normalize_embeddings": True,
    "progress_bar": False,
}
for_documents = SentenceTransformersDocumentEmbedder(**settings)
for_texts = SentenceTransformersTextEmbedder(**settings)
for embedder in (for_documents, for_texts):
    embedder.warm_up()
task.mark("load")
store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
documents = [Document(id=str(i), content=text) for i, text in enumerate(task.passages)]
store.write_documents(for_documents.run(documents)["documents"])
pipeline = Pipeline()
pipeline.add_component("embed", for_texts)
pipeline.add_component("retrieve", InMemoryEmbeddingRetriever(store, top_k=TOP))
pipeline.connect("embed.embedding", "retrieve.query_embedding")
task.mark("index")


def ask(question: str) -> list[str]:
    """Return the passages nearest to the question."""
    found = pipeline.run({"embed": {"text": question}})["retrieve"]["documents"]
    return [document.content for document in found]


task.finish(ask)
