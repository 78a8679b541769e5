"""The tritonclient package over gRPC. Usage: python triton_grpc_client.py [SYMBOL]"""

import os
import sys

import numpy as np
import tritonclient.grpc as v2

address = os.environ.get("NEXTCLOSE_GRPC", "127.0.0.1:8081")
symbol = sys.argv[1] if len(sys.argv) > 1 else "PETR4.SA"

with v2.InferenceServerClient(address) as client:
    tensor = v2.InferInput("symbol", [1], "BYTES")
    tensor.set_data_from_numpy(np.array([symbol.encode()], dtype=object))
    answer = client.infer("nextclose", [tensor], client_timeout=15)
    low, high = answer.as_numpy("quantiles")[0, [0, -1]]
    session = answer.as_numpy("target_session")[0].decode()
    print(f"{symbol}, session of {session}: {answer.as_numpy('forecast')[0]:.2f}, 90 % {low:.2f} .. {high:.2f}")
    print(f"model {answer.get_response().model_version}")
