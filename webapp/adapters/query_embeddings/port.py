"""Port to the vectors of search queries, which a process of its own computes for all others.

Client and server agree on this: `POST /embed` with a query in UTF-8 is answered by the numbers of
its vector.
"""

from typing import Protocol

import numpy as np

from webapp.adapters.embeddings.port import DIMENSIONS, Vectors

EMBED_PATH = "/embed"
HEALTH_PATH = "/healthz"
TIME_LIMIT_S = 0.02
"""Of a query: it is worth no longer wait, and the server begins no work for those that gave up."""
MAX_QUERY_BYTES = 4096
NUMBER = np.dtype("<f4")


class QueryEmbedder(Protocol):
    def embed_query(self, text: str) -> Vectors | None:
        """One vector of unit length, as products have them. `None` where there is none in time:
        a search then goes by its words alone. Never raises."""
        ...


def encode_vector(vector: Vectors) -> bytes:
    return vector.astype(NUMBER).tobytes()


def decode_vector(data: bytes) -> Vectors:
    """Raises `ValueError` for what is no vector."""
    vector = np.frombuffer(data, NUMBER).astype(np.float32)
    if len(vector) != DIMENSIONS:
        msg = f"{len(vector)} numbers are no vector"
        raise ValueError(msg)
    return vector
