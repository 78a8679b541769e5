"""Client program with tritonclient.grpc, which cannot be imported into a process that imports kserve.

It reads JSON {"address", "closes", "symbol"} from standard input and writes the responses as JSON.
"""

import json
import sys
from typing import Any

import numpy as np
from tritonclient import grpc


def _input(name: str, values: Any, datatype: str) -> grpc.InferInput:
    tensor = grpc.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values)
    return tensor


def _plain(response: grpc.InferResult, name: str) -> Any:
    values = response.as_numpy(name)
    return [value.decode() for value in values] if values.dtype == object else values.tolist()


def main() -> None:
    given = json.load(sys.stdin)
    closes = np.array(given["closes"])
    symbols = np.array([given["symbol"].encode()], dtype=object)
    client = grpc.InferenceServerClient(given["address"])
    metadata = client.get_model_metadata("nextclose", as_json=True)
    version = metadata["versions"][0]
    everything = client.infer("nextclose", [_input("close", closes, "FP64")], request_id="mine", model_version=version)
    single = client.infer("nextclose", [_input("close", closes.astype(np.float32), "FP32")])
    requested = [grpc.InferRequestedOutput(name) for name in ("stale", "data_until", "forecast")]
    some = client.infer("nextclose", [_input("symbol", symbols, "BYTES")], outputs=requested)
    found = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready("nextclose", version),
        "server": client.get_server_metadata(as_json=True)["name"],
        "version": version,
        "answered_by": everything.get_response().model_version,
        "id": everything.get_response().id,
        "quantiles": _plain(everything, "quantiles"),
        "single": _plain(single, "quantiles"),
        "names": [output.name for output in some.get_response().outputs],
        "some": {name: _plain(some, name) for name in ("stale", "data_until", "forecast")},
        "stale_dtype": str(some.as_numpy("stale").dtype),
    }
    client.close()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
