"""The second opinion on types: magika, in a zygote of its own.

The model and its runtime take 60 MiB and half a second to load; here they cost nothing where
nobody asks. The runtime must not start threads: a fork would be without them, and would hang on a
lock that one of them held just then. It must not report to its maker either.
"""

from __future__ import annotations

import os
from typing import Final

from gateway.engines.identify_model import SecondOpinion
from gateway.engines.identify_table import EXTENSIONS, MAGIC_TYPES
from gateway.sandbox.guest import Operation, Sink, operation
from gateway.sandbox.messages import IdentifyRequest

_LABELS: Final[dict[str, str]] = {
    "shell": "sh",
    "txt": "text",
    "pebin": "pe",
    "doc": "ole-doc",
    "xls": "ole-xls",
    "ppt": "ole-ppt",
    "outlook": "msg",
    "markdown": "text",
    "odt": "odf",
    "ods": "odf",
    "odp": "odf",
    "winregistry": "text",
    "internetshortcut": "url",
    "javabytecode": "jar",
    "sevenzip": "7z",
    "typescript": "javascript",
}
"""magika's labels that are neither one of our names nor an extension of our table."""


_SETTINGS: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Since 1.29 the runtime sends usage data, by a thread that starts when it is imported.
    "ORT_DISABLE_TELEMETRY": "1",
}
"""Read by the runtime when it is imported."""


class _Model:
    """The loaded model."""

    instance: object | None = None


def preload() -> None:
    """Load the model with a runtime of one thread, and use it once."""
    os.environ.update(_SETTINGS)
    import onnxruntime  # type: ignore[import-untyped]  # it ships no types
    from magika import Magika

    class OneThread(Magika):
        """magika with a session that starts no thread."""

        def _init_onnx_session(self) -> onnxruntime.InferenceSession:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            return onnxruntime.InferenceSession(
                self._model_path, sess_options=options, providers=["CPUExecutionProvider"]
            )

    _Model.instance = OneThread()
    give_opinion(b"a text to warm up with, " * 40, IdentifyRequest(), _NoSink())


class _NoSink:
    """Nothing is ever written for an opinion."""

    def write(self, data: bytes) -> int:
        raise OSError("an opinion has no output")


def give_opinion(data: bytes, request: IdentifyRequest, out: Sink) -> SecondOpinion:
    """magika's type as one of ours, and its certainty in per cent."""
    from magika import Magika

    assert isinstance(_Model.instance, Magika)
    result = _Model.instance.identify_bytes(data)
    label = str(result.output.label)
    kind = _LABELS.get(label) or MAGIC_TYPES.get(str(result.output.mime_type))
    return SecondOpinion(kind or EXTENSIONS.get(label, "unknown"), round(float(result.score) * 100))


OPERATIONS: Final[dict[str, Operation]] = {"opinion": operation(IdentifyRequest, give_opinion)}
