"""Reads one frame again and again with the Python libraries that read it.

Usage: read_frames.py FILE ROUNDS. Prints one JSON object: median MB/s of the file for each library that is installed.
Needs, of these, what is there: tifffile, mrcfile, rosettasciio.
"""

import importlib
import json
import pathlib
import statistics
import sys
import time

file, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])


def rosettasciio(path):
    name = "rsciio.tiff" if path.suffix == ".tif" else "rsciio.mrc"
    return importlib.import_module(name).file_reader(str(path))[0]["data"]


def tifffile(path):
    return importlib.import_module("tifffile").imread(path)


def mrcfile(path):
    return importlib.import_module("mrcfile").read(path)


rates = {}
for read in (tifffile, rosettasciio) if file.suffix == ".tif" else (mrcfile, rosettasciio):
    try:
        read(file)
    except ImportError:
        continue
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        # The sum makes a lazy reader read.
        read(file)[::512].sum()
        seconds.append(time.perf_counter() - start)
    rates[read.__name__] = file.stat().st_size / 1e6 / statistics.median(seconds)
print(json.dumps(rates))
