"""The detector simulators of LiberTEM-live (github.com/LiberTEM/LiberTEM-live, MIT), fed with synthetic frames.

    simulate.py merlin DIR FRAMES [trigger]     prints {"data": PORT, "control": PORT}
    simulate.py dectris DIR FRAMES              prints {"stream": PORT, "api": PORT}

Each frame shows 5 bright discs on a dark ground. Ends when standard input does.
"""

import json
import logging
import pathlib
import struct
import sys

import hdf5plugin
import h5py
import io
import numpy as np

EDGE = 128
logging.disable(logging.CRITICAL)


def frame(number, dtype):
    rng = np.random.default_rng(number)
    image = rng.poisson(6, (EDGE, EDGE))
    y, x = np.mgrid[:EDGE, :EDGE]
    for cx, cy in ((24, 30), (90, 28), (64, 66), (30, 100), (98, 96)):
        image[(x - cx) ** 2 + (y - cy) ** 2 < 81] += 90
    return image.astype(dtype)


def merlin(folder, frames, waits):
    from libertem_live.detectors.merlin.sim import CameraSim

    with open(folder / "frames.mib", "wb") as file:
        for number in range(1, frames + 1):
            stamp = f"2024-03-01T09:00:00.{number:09d}Z"
            fields = ["MQ1", f"{number:06d}", "00384", "01", f"{EDGE:04d}", f"{EDGE:04d}", "U16", "   1x1", "01", "2024-03-01 09:00:00.000000",
                      "0.001000", "0", "0", "0", *["5.000000E+1"] * 8, "3RX", *["175"] * 15, "MQ1A", stamp, "1000000ns", "12", ""]
            file.write(",".join(fields).encode().ljust(384, b"\0") + frame(number, ">u2").tobytes())
    (folder / "frames.hdr").write_bytes(
        b"HDR,\t\r\nTime and Date Stamp (day, mnth, yr, hr, min, s):\t01/03/2024 09:00:00\r\n"
        + f"Frames in Acquisition (Number):\t{frames}\r\nFrames per Trigger (Number):\t{frames}\r\nCounter Depth (number):\t12\r\nEnd\t".encode()
    )
    sim = CameraSim(str(folder / "frames.hdr"), nav_shape=(1, frames), host="127.0.0.1", data_port=0, control_port=0, trigger_port=0,
                    wait_trigger=waits, dwelltime=None if waits else 2_000)
    sim.start()
    sim.wait_for_listen()
    return sim, {"data": sim.server_t.port, "control": sim.control_t.port}


def dectris(folder, frames):
    from libertem_live.detectors.dectris.sim import DectrisSim

    def part(value):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return struct.pack("<q", len(data)) + data

    config = {"trigger_mode": "exte", "ntrigger": frames, "nimages": 1, "x_pixels_in_detector": EDGE, "y_pixels_in_detector": EDGE,
              "bit_depth_image": 16, "description": "Dectris SIMULATED", "count_time": 0.001, "frame_time": 0.001}
    with open(folder / "series.raw", "wb") as file:
        file.write(part({"htype": "dheader-1.0", "header_detail": "basic", "series": 34}) + part(config))
        for number in range(frames):
            array = frame(number + 1, "<u2")
            memory = io.BytesIO()
            with h5py.File(memory, "w") as store:
                dataset = store.create_dataset("d", data=array, chunks=array.shape, **hdf5plugin.Bitshuffle(cname="lz4"))
                blob = dataset.id.read_direct_chunk((0, 0))[1]
            file.write(
                part({"htype": "dimage-1.0", "series": 34, "frame": number, "hash": f"{number:032x}"})
                + part({"htype": "dimage_d-1.0", "shape": [EDGE, EDGE], "type": "uint16", "encoding": "bs16-lz4<", "size": len(blob)})
                + part(blob)
                + part({"htype": "dconfig-1.0", "start_time": number * 1_000_000, "stop_time": number * 1_000_000 + 900_000, "real_time": 900_000})
            )
    sim = DectrisSim(port=0, zmqport=0, path=str(folder / "series.raw"), dwelltime=3_000, verbose=False)
    sim.start()
    sim.wait_for_listen()
    return sim, {"stream": sim.zmqport, "api": sim.port}


if __name__ == "__main__":
    kind, folder, frames, *more = sys.argv[1:]
    folder = pathlib.Path(folder)
    sim, ports = merlin(folder, int(frames), "trigger" in more) if kind == "merlin" else dectris(folder, int(frames))
    print(json.dumps(ports), flush=True)
    sys.stdin.read()
    sim.stop()
