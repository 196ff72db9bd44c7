"""LlamaIndex: HuggingFaceEmbedding, its FAISS vector store and a retriever, no language model."""

from measure import TOP, Task

task = Task()
import faiss  # noqa: E402
from llama_index.core import Settings, StorageContext, VectorStoreIndex  # noqa: E402
from llama_index.core.schema import TextNode  # noqa: E402
from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # noqa: E402
from llama_index.vector_stores.faiss import FaissVectorStore  # noqa: E402

task.mark("import")
Settings.llm = None
embedding = HuggingFaceEmbedding(model_name=task.model, device="cpu")
task.mark("load")
store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(384))
index = VectorStoreIndex(
    [TextNode(text=text) for text in task.passages],
    storage_context=StorageContext.from_defaults(vector_store=store),
    embed_model=embedding,
)
retriever = index.as_retriever(similarity_top_k=TOP)
task.mark("index")


def ask(question: str) -> list[str]:
    """Return the passages nearest to the question."""
    return [found.node.text for found in retriever.retrieve(question)]


task.finish(ask)
