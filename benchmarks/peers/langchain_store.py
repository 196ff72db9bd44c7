"""LangChain: HuggingFaceEmbeddings and its FAISS vector store."""

from measure import TOP, Task

task = Task()
from langchain_community.vectorstores import FAISS  # noqa: E402
from langchain_community.vectorstores.utils import DistanceStrategy  # noqa: E402
from langchain_huggingface import HuggingFaceEmbeddings  # noqa: E402

task.mark("import")
embeddings = HuggingFaceEmbeddings(
    model_name=task.model,
    model_kwargs={"device": "cpu"},
    encode_kwargs={"normalize_embeddings": True},
)
task.mark("load")
store = FAISS.from_texts(
    task.passages, embeddings, distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT
)
task.mark("index")


def ask(question: str) -> list[str]:
    """Return the passages nearest to the question."""
    return [found.page_content for found, _ in store.similarity_search_with_score(question, k=TOP)]


task.finish(ask)
