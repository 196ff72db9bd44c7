"""An index of given texts by sentence-transformers: ``plain_build.py texts.json``."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
import faiss
from sentence_transformers import SentenceTransformer

work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
model = SentenceTransformer(work["model"], device="cpu")
began = time.perf_counter()
index = faiss.IndexFlatIP(384)
index.add(model.encode(work["texts"], normalize_embeddings=True, show_progress_bar=False))
print(json.dumps({"embed s": time.perf_counter() - began}))
