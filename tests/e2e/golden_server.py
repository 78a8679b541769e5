"""A predictor that answers with the contents of a version's golden.json, to test promotions without real images."""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path("/mnt/models")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
VERSION = json.loads((ROOT / "manifest.json").read_text())["version"] if (ROOT / "manifest.json").is_file() else None
# A file in the version's folder selects a fault: `crash`, `wrong` (other answers) or `never` (never ready).
if (ROOT / "crash").exists():
    sys.exit("corrupt")
FACTOR = 1.01 if (ROOT / "wrong").exists() else 1.0
READY = VERSION is not None and not (ROOT / "never").exists()


class Handler(BaseHTTPRequestHandler):
    """Answers every request alike; ready if there is a version."""

    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(200 if READY else 503, {"ready": READY})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if not READY:
            self._answer(503, {"error": "no version yet"})
            return
        golden = json.loads((ROOT / "golden.json").read_text())
        forecast = [value * FACTOR for value in golden["forecast"]]
        quantiles = [value * FACTOR for row in golden["quantiles"] for value in row]
        tensors = (("forecast", [len(forecast)], forecast), ("quantiles", [len(forecast), 7], quantiles))
        outputs = [{"name": n, "datatype": "FP64", "shape": shape, "data": data} for n, shape, data in tensors]
        self._answer(200, {"model_version": VERSION, "outputs": outputs})


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
