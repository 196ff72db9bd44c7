"""One question to sentence-transformers over vectors made before: ``plain_once.py work.json``.

Without the vectors beside the input they are made and kept, which is no part of what is timed.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
import faiss
from sentence_transformers import SentenceTransformer

place = Path(sys.argv[1])
work = json.loads(place.read_text(encoding="utf-8"))
model = SentenceTransformer(work["model"], device="cpu")
stored = place.with_suffix(".faiss")
if not stored.is_file():
    index = faiss.IndexFlatIP(384)
    index.add(model.encode(work["passages"], normalize_embeddings=True))
    faiss.write_index(index, str(stored))
index = faiss.read_index(str(stored))
vector = model.encode([work["questions"][0]], normalize_embeddings=True)
print(work["passages"][index.search(vector, 1)[1][0][0]])
