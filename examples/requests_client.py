"""JSON over HTTP with requests. Usage: python requests_client.py [SYMBOL]"""

import os
import sys

import requests

url = os.environ.get("NEXTCLOSE_URL", "http://127.0.0.1:8080")
symbol = sys.argv[1] if len(sys.argv) > 1 else "PETR4.SA"

payload = {"inputs": [{"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [symbol]}]}
response = requests.post(f"{url}/v2/models/nextclose/infer", json=payload, timeout=15)
if response.status_code != 200:
    sys.exit(response.json()["error"])
answer = {output["name"]: output["data"] for output in response.json()["outputs"]}
low, high = answer["quantiles"][0], answer["quantiles"][-1]
print(f"{symbol}, session of {answer['target_session'][0]}: {answer['forecast'][0]:.2f}, 90 % {low:.2f} .. {high:.2f}")
if answer["stale"][0]:
    print(f"stale: the last stored close is from {answer['data_until'][0]}")
