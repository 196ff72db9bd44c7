"""This product: ``ours.py work.json`` gives whole answers, with ``OURS=search`` retrieval alone."""

import os
import threading
from pathlib import Path

from measure import TOP, Task

task = Task()
whole = os.environ.get("OURS") != "search"
if whole:
    from assistant.assistant import Assistant
    from ui.gate import FairGate
    from ui.settings import ServiceSettings

    task.mark("import")
    assistant = Assistant(os.environ["OURS_ARTICLE"], index=os.environ["OURS_INDEX"])
    assistant.load()
    task.mark("load")
    gate = FairGate(ServiceSettings().concurrency)

    def ask(question: str) -> object:
        """Return the answer, when it is this thread's turn, as in the service."""
        with gate.turn(str(threading.get_ident())):
            return assistant.answer(question)
else:
    from corpus import Corpus
    from index import open_index

    task.mark("import")
    corpus = Corpus.load(os.environ["OURS_ARTICLE"])
    index = open_index(corpus, Path(os.environ["OURS_INDEX"]))
    task.mark("load")

    def ask(question: str) -> object:
        """Return the passages nearest to the question."""
        return index.search(question, TOP)


task.finish(ask)
