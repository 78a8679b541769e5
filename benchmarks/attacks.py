"""`python -m benchmarks.attacks`: effect of hostile clients on a normal client's latency and the transformer's memory.

A normal client in a separate process sends 50 requests per second, first alone and then during each attack. The 99th
percentile of its latency is reported as a multiple of its value without attackers, and the peak memory of the
transformer as a fraction of the chart's limit.
"""

import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import grpc
import numpy as np
import psutil
import typer
import uvloop
from jinja2 import Environment, PackageLoader

from benchmarks.contestants import INFER, Running, own_pair
from benchmarks.measure import sample_windows
from benchmarks.version import make_version, report_progress
from loadtest.payloads import by_window
from model.protocol import open_inference as pb
from model.protocol.rest import HEADER_LENGTH

PAGE: Final = Path(__file__).parents[1] / "docs" / "hostile-clients.md"
MEMORY_LIMIT: Final = 640 * 2**20  # of the transformer in the chart
RATIO_LIMIT: Final = 5.0
ATTACKERS: Final = 4
SECONDS: Final = 6.0
RATE: Final = 50.0
_LARGEST: Final = 16 * 2**20
_SYMBOL: Final = b'"^GSPC"'

Work = Callable[[int, float], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Attack:
    """A kind of hostile client.

    Attributes:
        name: Name in the table.
        run: Attacks a port for some seconds, and returns the number of responses.
        clients: Number of concurrent attackers.
    """

    name: str
    run: Work
    clients: int = ATTACKERS


@dataclass(frozen=True, slots=True)
class Finding:
    """The measured effect of an attack.

    Attributes:
        name: Name of the attack.
        ratio: p99 of the normal client's latency, as a multiple of its value without attackers.
        memory: Peak memory (PSS) of the transformer's processes, as a fraction of the chart's limit.
        answered: Number of responses to the attackers, with any status.
        failed: Number of requests of the normal client without a response of status 200.
    """

    name: str
    ratio: float
    memory: float
    answered: int
    failed: int

    @property
    def good(self) -> bool:
        """Whether all goals are met."""
        return self.ratio <= RATIO_LIMIT and self.memory < 1 and not self.failed


def http_request(body: bytes, headers: str = "") -> bytes:
    """A complete inference request over HTTP."""
    return f"POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def json_body(data: bytes, name: str = "close", datatype: str = "FP64", shape: Sequence[int] = (1, 60)) -> bytes:
    """The body of a request with one input, whose data is given as JSON text."""
    head = json.dumps({"name": name, "datatype": datatype, "shape": list(shape)})[:-1].encode()
    return b'{"inputs":[' + head + b',"data":' + data + b"}]}"


def flood(element: bytes, size: int = _LARGEST) -> bytes:
    """A JSON list that repeats one element up to a size in bytes."""
    return b"[" + b",".join([element] * ((size - 200) // (len(element) + 1))) + b"]"


def binary_body(rows: int) -> tuple[bytes, str]:
    """The body of a valid request with binary windows, and its extra header."""
    raw = np.tile(sample_windows(1), (rows, 1)).tobytes()
    tensor = {"name": "close", "datatype": "FP64", "shape": [rows, 60], "parameters": {"binary_data_size": len(raw)}}
    head = json.dumps({"inputs": [tensor]}).encode()
    return head + raw, f"{HEADER_LENGTH}: {len(head)}\r\n"


def attacks() -> list[Attack]:
    """All kinds of attacks."""
    outputs = b",".join([b'{"name":"forecast"}'] * 800_000)
    window = json.dumps(sample_windows(1)[0].tolist()).encode()
    repeated = json_body(window)[:-1] + b',"outputs":[' + outputs + b"]}"
    floods = {
        "4 million empty strings": json_body(flood(b'""'), "symbol", "BYTES", [4_000_000]),
        "5 million empty lists": json_body(flood(b"[]")),
        "2 million empty objects": json_body(flood(b"{}")),
        "8 million numbers": json_body(flood(b"1"), shape=[65536, 60]),
        "16 million opening brackets": b"[" * (_LARGEST - 1),
        "one output 800,000 times": repeated,
        "one symbol 65,536 times": json_body(b"[" + b",".join([_SYMBOL] * 65536) + b"]", "symbol", "BYTES", [65536]),
        "8,000 windows in JSON": json_body(b"[" + b",".join([window] * 8000) + b"]", shape=[8000, 60]),
        "300 windows in JSON": json_body(b"[" + b",".join([window] * 300) + b"]", shape=[300, 60]),
    }
    found = [Attack(name, _repeat(http_request(body))) for name, body in floods.items()]
    body, header = binary_body(34_000)
    found.append(Attack("34,000 windows in binary", _repeat(http_request(body, header))))
    found.append(Attack("the same from 8 clients", _repeat(http_request(body, header)), clients=8))
    found.append(Attack("4 MB calls refused over gRPC", _refused_calls))
    found.append(Attack("30 stalled uploads", _stalled(http_request(b"1" * (_LARGEST - 1))[:-1000]), clients=30))
    found.append(Attack("500 half-sent headers", _stalled(b"POST / HTTP/1.1\r\nHo"), clients=500))
    return found


def _repeat(request: bytes) -> Work:
    async def run(port: int, seconds: float) -> int:
        answered, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
            try:
                while time.perf_counter() < end:
                    await _ask(reader, writer, request)
                    answered += 1
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)
            finally:
                writer.close()
        return answered

    return run


def _stalled(part: bytes) -> Work:
    async def run(port: int, seconds: float) -> int:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(part)
            await asyncio.sleep(seconds)
        finally:
            writer.close()
        return 0

    return run


async def _refused_calls(port: int, seconds: float) -> int:
    message = pb.ModelInferRequest(model_name="nextclose")
    message.inputs.add(name="close", datatype="FP64", shape=[8192, 60])
    closes = np.full((8192, 60), 30.0)
    closes[-1, -1] = np.nan
    message.raw_input_contents.append(closes.tobytes())
    raw, answered, end = message.SerializeToString(), 0, time.perf_counter() + seconds
    options = [("grpc.max_send_message_length", -1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        call = channel.unary_unary(f"/{pb.SERVICE}/ModelInfer")
        while time.perf_counter() < end:
            try:
                await call(raw, timeout=20)
            except grpc.RpcError:
                answered += 1
    return answered


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b": 0")
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head[9:12])


async def _normal(port: int, seconds: float) -> tuple[list[float], int]:
    request = http_request(by_window(sample_windows(1)).body)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies, failed, due, end = [], 0, time.perf_counter(), time.perf_counter() + seconds
    while due < end:
        failed += await _ask(reader, writer, request) != 200
        now = time.perf_counter()
        # Measured from the due time: a request that waits for the previous one is delayed by the service.
        latencies.append(now - due)
        due += 1 / RATE
        await asyncio.sleep(max(0.0, due - now))
    writer.close()
    return latencies, failed


def _normal_process(port: int, seconds: float, answer: "multiprocessing.Queue[tuple[list[float], int]]") -> None:
    answer.put(uvloop.run(_normal(port, seconds)))


async def _next_to(port: int, attack: Attack | None, pid: int, grpc_port: int) -> tuple[float, int, int, int]:
    """Run the normal client during an attack.

    Returns:
        p99 in seconds, failed requests, peak memory in bytes, and the number of responses to the attackers.
    """
    answers: multiprocessing.Queue[tuple[list[float], int]] = multiprocessing.get_context("spawn").Queue()
    normal = multiprocessing.get_context("spawn").Process(target=_normal_process, args=(port, SECONDS, answers))
    normal.start()
    memory = asyncio.create_task(_peak_memory(pid))
    target = grpc_port if attack is not None and attack.run is _refused_calls else port
    running = [attack.run(target, SECONDS) for _ in range(attack.clients)] if attack is not None else []
    answered = sum(await asyncio.gather(*running))
    latencies, failed = await asyncio.to_thread(answers.get)
    await asyncio.to_thread(normal.join)
    memory.cancel()
    (peak,) = await asyncio.gather(memory)
    return float(np.percentile(latencies, 99)), failed, peak, answered


async def _peak_memory(pid: int) -> int:
    peak = 0
    try:
        while True:
            peak = max(peak, await asyncio.to_thread(_memory, pid))
            await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        return peak


def _memory(pid: int) -> int:
    total = 0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def measure(data: Path, folder: Path) -> list[Finding]:
    """Start a pair and attack it."""
    pair = own_pair("attacked", "attacked pair", data, socket=folder / "attacked.sock", runtime="onnx")
    transformer = pair.processes[1]
    grpc_port = int(transformer.variables["NEXTCLOSE_GRPC_PORT"])
    with Running(pair) as running:
        pid = running.pids[1]

        async def run() -> list[Finding]:
            await _next_to(pair.port, None, pid, grpc_port)
            alone, _, _, _ = await _next_to(pair.port, None, pid, grpc_port)
            found = []
            for attack in attacks():
                report_progress(attack.name)
                p99, failed, peak, answered = await _next_to(pair.port, attack, pid, grpc_port)
                found.append(Finding(attack.name, p99 / alone, peak / MEMORY_LIMIT, answered, failed))
                report_progress(f"  p99 {found[-1].ratio:.1f} times, memory {found[-1].memory:.2f} of the limit")
            return found

        return uvloop.run(run())


def main(write: Annotated[bool, typer.Option(help="Write docs/hostile-clients.md.")] = True) -> None:
    """Attack a pair in many ways. Exits with status 1 if a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="nextclose-") as name:
        folder = Path(name)
        found = measure(make_version(folder), folder)
    if write:
        template = Environment(loader=PackageLoader("benchmarks", "."), autoescape=False, keep_trailing_newline=True)  # noqa: S701  # Markdown
        PAGE.write_text(template.get_template("attacks.md.j2").render(found=found, attackers=ATTACKERS))
    missed = [one.name for one in found if not one.good]
    if missed:
        sys.stderr.write("\n".join(["missed:", *missed]) + "\n")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
