"""Messages of the ingest protocol, byte for byte, without the project's code: INGEST.md alone says what they are.

python3 generate-golden.py writes golden.json beside this file. Standard library only.
"""

import json
import struct
import zlib
from pathlib import Path

MAGIC = b"OSTI"
VERSION = 1


def message(header, payload=b""):
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    begin = MAGIC + struct.pack("<HHII", VERSION, 0, len(text), len(payload))
    return begin + struct.pack("<II", zlib.crc32(begin + text), zlib.crc32(payload)) + text + payload


SENDER = [
    ({"op": "hello", "stream": "camera", "session": "run-7", "firstNumber": 1}, b""),
    ({"op": "hello", "stream": "camera", "session": "run-7", "firstNumber": 43, "token": "0123456789abcdef"}, b""),
    (
        {
            "op": "frame",
            "number": 1,
            "widthPx": 4,
            "heightPx": 2,
            "type": "u16",
            "byteOrder": "big",
            "pixelSizeNm": 0.25,
            "acquiredAtMs": 1700000000123.5,
            "exposureMs": 100,
            "sequence": 7,
        },
        struct.pack(">8H", *range(8)),
    ),
    ({"op": "frame", "number": 2, "label": "Gold, 5 µm", "widthPx": 3, "heightPx": 1, "type": "u8", "byteOrder": "little"}, b"\x00\x80\xff"),
    ({"op": "file", "number": 3, "label": "a.png"}, b"\x89PNG\r\n\x1a\n"),
    ({"op": "announce", "number": 4, "path": "run-7/movie.tif"}, b""),
    ({"op": "beginRun", "number": 5, "name": "heating", "notes": "5 K/min"}, b""),
    ({"op": "endRun", "number": 6}, b""),
]

RECEIVER = [
    {
        "op": "welcome",
        "protocolVersion": 1,
        "daemonVersion": "0.1.0",
        "settledThrough": 40,
        "takenThrough": 42,
        "window": 64,
        "headerBytes": 65536,
        "payloadBytes": 268435456,
    },
    {"op": "progress", "settledThrough": 41, "takenThrough": 50, "refused": []},
    {
        "op": "progress",
        "settledThrough": 43,
        "takenThrough": 50,
        "refused": [{"number": 42, "kind": "rejected", "reason": "corrupt"}, {"number": 43, "kind": "dropped", "reason": "intake/latest"}],
    },
    {
        "op": "error",
        "reason": "checksum",
        "received": "a payload whose CRC-32 is 0x00000000",
        "expected": "0x00000001, as its message states",
        "remedy": "Connect again.",
    },
]

golden = {
    "sender": [{"header": header, "payload": payload.hex(), "bytes": message(header, payload).hex()} for header, payload in SENDER],
    "receiver": [{"header": header, "bytes": message(header).hex()} for header in RECEIVER],
}
Path(__file__).with_name("golden.json").write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
