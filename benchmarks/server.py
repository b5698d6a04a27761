"""A stream of runs against a server that takes its time: how much is lost over the server's own time.

    python benchmarks/server.py [--runs 320] [--calls 3] [--concurrency 32] [--latency 0.2] [--json]

The server is a process of its own that answers each request after the latency, however many there are. Each run
makes its calls one after another, so `runs / concurrency * calls * latency` seconds is the least that can be. The
stream is timed after one round that opens the connections. CPU time is that of this process, server excluded. Beside
it the same number of requests is sent over bare sockets by a client that does nothing else: what that loses, the
machine loses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

import fmplang
from fmplang.backends.openai import openai_backend

TARGET = 1.15
BODY = json.dumps({
    "id": "1", "object": "chat.completion", "model": "tiny",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": '{"answer": 1}'}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 40, "completion_tokens": 5, "total_tokens": 45},
}).encode()
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


class Slow(asyncio.Protocol):
    """Answers what it does not read closely, after a while."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.raw = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.raw += data
        head, gap, rest = self.raw.partition(b"\r\n\r\n")
        if not gap:
            return
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        if len(rest) >= length:
            self.raw = rest[length:]
            asyncio.get_running_loop().call_later(self.latency, self.transport.write, REPLY)


async def serve(latency: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Slow(latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def bare(port: int, rounds: int, concurrency: int) -> float:
    """Seconds for so many rounds of requests over open sockets, each as large as fmplang's."""
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(concurrency)]
    body = b"x" * 700
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + body)
        await reader.readexactly(len(REPLY))

    started = time.perf_counter()
    for _ in range(rounds):
        await asyncio.gather(*(one(*line) for line in lines))
    seconds = time.perf_counter() - started
    for _, writer in lines:
        writer.close()
    return seconds


def program(calls: int) -> fmplang.Program:
    lines = [f'    n = count(f"{{t}} {i} {{n}}")' for i in range(calls)]
    return fmplang.compile("\n".join([
        '@neural("llm")', "def count(text: str) -> int:", '    """How many? {text}"""', "",
        "def main(t: str) -> int:", "    n = 0", *lines, "    return n", ""]))


def measure(port: int, runs: int, calls: int, concurrency: int, latency: float) -> dict[str, float]:
    backend = openai_backend("openai.chat", "slow", model="tiny", base_url=f"http://127.0.0.1:{port}/v1",
                             prices={"input": 1.0, "output": 1.0}, concurrency=concurrency)
    runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest")  # type: ignore[list-item]
    work = program(calls)
    rows = [{"t": str(i)} for i in range(runs)]
    for _ in runtime.stream(work, rows[:concurrency], concurrency=concurrency):
        pass
    started, cpu = time.perf_counter(), time.process_time()
    done = sum(1 for run in runtime.stream(work, rows, concurrency=concurrency) if run.value == 1)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert done == runs
    rounds = -(-runs // concurrency) * calls
    ideal = rounds * latency
    beside = asyncio.run(bare(port, rounds, concurrency))
    backend.close()  # type: ignore[union-attr]
    return {"seconds": round(seconds, 3), "ideal": round(ideal, 3), "ratio": round(seconds / ideal, 3),
            "bare_ratio": round(beside / ideal, 3),
            "cpu_ms_per_call": round(1000 * cpu / (runs * calls), 3), "target": TARGET,
            "load": round(os.getloadavg()[0], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 320), ("calls", 3), ("concurrency", 32)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.latency))
        return
    server = subprocess.Popen([sys.executable, __file__, "--serve", "--latency", str(given.latency)],
                              stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found = measure(int(server.stdout.readline()), given.runs, given.calls, given.concurrency, given.latency)
    finally:
        server.terminate()
        server.wait()
    if given.json:
        print(json.dumps(found))
    else:
        print(f"{found['seconds']} s for {given.runs} runs of {given.calls} calls, {given.concurrency} at once; the "
              f"server alone takes {found['ideal']} s: {found['ratio']} times (target: at most {TARGET}; "
              f"bare sockets {found['bare_ratio']}), "
              f"{found['cpu_ms_per_call']} ms of CPU a call, load {found['load']}")


if __name__ == "__main__":
    main()
