"""gRPC messages of the protocol are those of KServe, without its SDK."""

import subprocess
import sys

from kserve.protocol.grpc import grpc_predict_v2_pb2 as kserve_messages

from model.protocol import open_inference
from model.protocol.open_inference import DESCRIPTOR_FILE


def test_descriptor_equals_that_of_kserve() -> None:
    assert DESCRIPTOR_FILE.read_bytes() == kserve_messages.DESCRIPTOR.serialized_pb


def test_every_message_of_the_service_is_defined() -> None:
    (service,) = kserve_messages.DESCRIPTOR.services_by_name.values()
    assert service.full_name == open_inference.SERVICE
    for method in service.methods:
        for message in (method.input_type, method.output_type):
            assert getattr(open_inference, message.name).DESCRIPTOR.full_name == message.full_name


def test_messages_of_kserve_are_read() -> None:
    message = kserve_messages.ModelInferRequest(model_name="m", id="7")
    message.inputs.add(name="close", datatype="FP64", shape=[1]).contents.fp64_contents.append(1.5)
    found = open_inference.ModelInferRequest.FromString(message.SerializeToString())
    assert (found.model_name, found.id, found.inputs[0].contents.fp64_contents[0]) == ("m", "7", 1.5)


def test_messages_can_be_loaded_next_to_those_of_another_library() -> None:
    # tritonclient defines the same messages, and a descriptor pool cannot hold both.
    script = "import sys, model.protocol.open_inference, tritonclient.grpc; print('kserve' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
