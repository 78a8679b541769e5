import subprocess
import sys

import pytest

_FETCH = """
import importlib, sys
importlib.import_module(sys.argv[1])
from curl_cffi import requests
try:
    requests.Session(impersonate="chrome").get("http://127.0.0.1:9/")
except requests.exceptions.ConnectionError:
    print("refused")
"""


@pytest.mark.parametrize("module", ["model.quiet_tensorflow", "model.training.predict"])
def test_yahoo_finance_can_be_queried_after_tensorflow_is_loaded(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", _FETCH, module], capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n", done.stderr
