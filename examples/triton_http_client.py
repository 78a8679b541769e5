"""The tritonclient package over HTTP, with binary tensors. Usage: python triton_http_client.py [SYMBOL]"""

import os
import sys

import numpy as np
import tritonclient.http as v2

address = os.environ.get("NEXTCLOSE_URL", "http://127.0.0.1:8080").removeprefix("http://")
symbol = sys.argv[1] if len(sys.argv) > 1 else "PETR4.SA"

with v2.InferenceServerClient(address, network_timeout=15) as client:
    tensor = v2.InferInput("symbol", [1], "BYTES")
    tensor.set_data_from_numpy(np.array([symbol.encode()], dtype=object))
    answer = client.infer("nextclose", [tensor])
    low, high = answer.as_numpy("quantiles")[0, [0, -1]]
    print(f"{symbol}: {answer.as_numpy('forecast')[0]:.2f}, 90 % {low:.2f} .. {high:.2f}")

    # 100 windows of 60 closes, oldest first, in price units.
    closes = 36 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.02, (100, 60)), axis=1))
    windows = v2.InferInput("close", list(closes.shape), "FP64")
    windows.set_data_from_numpy(closes)
    quantiles = client.infer("nextclose", [windows]).as_numpy("quantiles")
    print(f"{len(quantiles)} windows, {quantiles.shape[1]} quantiles of each")
