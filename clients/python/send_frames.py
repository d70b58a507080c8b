"""An example: sends frames of a few bright discs on a noisy ground, and says how they ended.

    ostwald receive tcp://127.0.0.1:1897 --segmenter threshold
    python3 send_frames.py tcp://127.0.0.1:1897 --frames 100 --rate 10

Standard library only; real scripts send numpy arrays.
"""

import argparse
import random
import time

from ostwald_ingest import Sender

EDGE = 96
RADIUS = 8


def disc_frame(number, count=6):
    """EDGE x EDGE px of 8 bit: `count` discs that drift with the number, on a ground of 40 +- 4."""
    dice = random.Random(number)
    pixels = bytearray(40 + int(dice.gauss(0, 4)) for _ in range(EDGE * EDGE))
    for disc in range(count):
        x0, y0 = 16 + 32 * (disc % 3) + number % 3, 24 + 44 * (disc // 3)
        for y in range(y0 - RADIUS, y0 + RADIUS + 1):
            for x in range(x0 - RADIUS, x0 + RADIUS + 1):
                if (x - x0) ** 2 + (y - y0) ** 2 <= RADIUS**2:
                    pixels[y * EDGE + x] = 200
    return bytes(pixels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("address", help="tcp://127.0.0.1:1897, unix:///run/user/1000/frames.sock")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--rate", type=float, default=None, help="frames a second; as fast as they are taken by default")
    parser.add_argument("--stream", default="example")
    parser.add_argument("--session", default=None, help="go on with a series that was begun before")
    parser.add_argument("--run", default=None, help="name of a run to begin and end")
    parser.add_argument("--token", default=None)
    options = parser.parse_args()

    with Sender(options.address, options.stream, options.session, options.token) as sender:
        if options.run is not None:
            sender.begin_run(options.run)
        for number in range(options.frames):
            sender.send(disc_frame(number), EDGE, EDGE, "u8", pixelSizeNm=0.5, sequence=number)
            if options.rate is not None:
                time.sleep(1 / options.rate)
        if options.run is not None:
            sender.end_run()
        sender.flush()
        print("{0.sent} sent, {0.settled} settled, {1} refused, {0.connections} connections".format(sender, len(sender.refused)))


if __name__ == "__main__":
    main()
