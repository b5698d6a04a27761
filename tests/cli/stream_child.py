"""`fmplang ARGS` in a process of its own, with a pool of two functions: python -m tests.cli.stream_child ARGS.

FMPLANG_TEST_PAUSE is how long a backend takes, in seconds.
"""

from __future__ import annotations

import os
import time
from typing import Any

import fmplang
from fmplang.backends import pool

PAUSE = float(os.environ.pop("FMPLANG_TEST_PAUSE", "0"))


def backends() -> list[Any]:
    @fmplang.backend("vqa", name="small", cost=1.0, unit="usd")
    def small(request: Any) -> Any:
        time.sleep(PAUSE)
        n = len(request.args["text"])
        return n % 5 != 0 if str(request.returns) == "bool" else n

    @fmplang.backend("vqa", name="big", cost=4.0, unit="usd")
    def big(request: Any) -> Any:
        time.sleep(PAUSE)
        n = len(request.args["text"])
        return n % 7 != 0 if str(request.returns) == "bool" else n

    return [small, big]


if __name__ == "__main__":
    pool.PRESETS["told"] = ("tests.cli.stream_child", "backends")
    from fmplang.cli.app import app

    app()
