"""The client of the kserve package over HTTP. Usage: python kserve_client.py [SYMBOL]"""

import asyncio
import os
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig

URL = os.environ.get("NEXTCLOSE_URL", "http://127.0.0.1:8080")


async def print_forecast(symbol: str) -> None:
    tensor = InferInput("symbol", [1], "BYTES")
    tensor.set_data_from_numpy(np.array([symbol.encode()], dtype=object), binary_data=False)
    async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0, timeout=15)) as client:
        response = await client.infer(URL, InferRequest("nextclose", [tensor]), model_name="nextclose")
    answer = {output.name: output.as_numpy() for output in response.outputs if output.datatype == "FP64"}
    low, high = answer["quantiles"][0, [0, -1]]
    print(f"{symbol}: {answer['forecast'][0]:.2f}, 90 % {low:.2f} .. {high:.2f}")


asyncio.run(print_forecast(sys.argv[1] if len(sys.argv) > 1 else "PETR4.SA"))
