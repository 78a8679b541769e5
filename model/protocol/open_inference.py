"""Messages of the Open Inference Protocol over gRPC.

`open_inference.binpb` is the descriptor that KServe publishes. The classes are created in a separate descriptor pool,
so this module does not import the KServe SDK and can be loaded next to any other library with the same messages.
"""

from pathlib import Path
from typing import Any, Final

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

SERVICE: Final = "inference.GRPCInferenceService"
DESCRIPTOR_FILE: Final = Path(__file__).with_suffix(".binpb")

_POOL: Final = DescriptorPool()
_POOL.AddSerializedFile(DESCRIPTOR_FILE.read_bytes())


def _message(name: str) -> Any:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"inference.{name}"))


InferParameter: Final = _message("InferParameter")
InferTensorContents: Final = _message("InferTensorContents")
ModelInferRequest: Final = _message("ModelInferRequest")
ModelInferResponse: Final = _message("ModelInferResponse")
ModelMetadataRequest: Final = _message("ModelMetadataRequest")
ModelMetadataResponse: Final = _message("ModelMetadataResponse")
ModelReadyRequest: Final = _message("ModelReadyRequest")
ModelReadyResponse: Final = _message("ModelReadyResponse")
RepositoryModelLoadRequest: Final = _message("RepositoryModelLoadRequest")
RepositoryModelLoadResponse: Final = _message("RepositoryModelLoadResponse")
RepositoryModelUnloadRequest: Final = _message("RepositoryModelUnloadRequest")
RepositoryModelUnloadResponse: Final = _message("RepositoryModelUnloadResponse")
ServerLiveRequest: Final = _message("ServerLiveRequest")
ServerLiveResponse: Final = _message("ServerLiveResponse")
ServerMetadataRequest: Final = _message("ServerMetadataRequest")
ServerMetadataResponse: Final = _message("ServerMetadataResponse")
ServerReadyRequest: Final = _message("ServerReadyRequest")
ServerReadyResponse: Final = _message("ServerReadyResponse")
