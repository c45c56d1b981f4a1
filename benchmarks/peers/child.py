"""What every peer's program does: play the year once for each line that comes in, and say how long it took.

    PYTHON benchmarks/peers/child.py NAME BARS

The module `play_NAME` beside this file has `prepare(bars)`, whose time does not count, and `play(prepared)`, whose time
does, and which returns legs and points. The first play, before any line comes in, warms up and is not told of.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from time import process_time

import numpy as np


def main() -> None:
    name, path = sys.argv[1:]
    module = importlib.import_module(f"play_{name}")
    with np.load(Path(path)) as kept:
        bars = {column: kept[column] for column in kept.files}
    module.play(module.prepare(bars))
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        prepared = module.prepare(bars)
        began = process_time()
        legs, points = module.play(prepared)
        taken = process_time() - began
        print(json.dumps({"seconds": taken, "legs": int(legs), "points": float(points)}), flush=True)


if __name__ == "__main__":
    main()
