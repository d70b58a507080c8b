"""Writes golden.json: every message of the protocol in both encodings, byte for byte.

Independent of the project's code: this file holds its own MessagePack writer, after the MessagePack specification
(https://github.com/msgpack/msgpack/blob/master/spec.md) and PROTOCOL.md. Standard library only, Python 3.8 or later:

    python3 generate-golden.py > golden.json
"""
import json
import struct
import sys

CODES = {"u8": (1, "B"), "u32": (6, "I"), "f32": (7, "f")}


class Array:
    """A typed array: `element` is u8, u32 or f32."""

    def __init__(self, element, values):
        self.code, self.letter = CODES[element]
        self.bytes = struct.pack(f"<{len(values)}{self.letter}", *values)
        self.values = list(struct.unpack(f"<{len(values)}{self.letter}", self.bytes))


def sized(length, tokens, fix=None, fix_limit=0):
    """The token of a value of `length`; `tokens` are those with 1, 2 and 4 bytes of length (None: there is none)."""
    if fix is not None and length < fix_limit:
        return bytes([fix | length])
    for token, letter, limit in zip(tokens, "BHI", (1 << 8, 1 << 16, 1 << 32)):
        if token is not None and length < limit:
            return struct.pack(f">B{letter}", token, length)
    raise ValueError(length)


def pack(value):
    if value is None or value is False or value is True:
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, Array):
        return sized(len(value.bytes) + 1, (0xC7, 0xC8, 0xC9)) + bytes([0x74, value.code]) + value.bytes
    if isinstance(value, str):
        text = value.encode()
        return sized(len(text), (0xD9, 0xDA, 0xDB), 0xA0, 32) + text
    if isinstance(value, dict):
        body = b"".join(pack(part) for item in value.items() for part in item)
        return sized(len(value), (None, 0xDE, 0xDF), 0x80, 16) + body
    if isinstance(value, list):
        return sized(len(value), (None, 0xDC, 0xDD), 0x90, 16) + b"".join(map(pack, value))
    if isinstance(value, int) and 0 <= value < 1 << 32:
        return bytes([value]) if value < 128 else sized(value, (0xCC, 0xCD, 0xCE))
    return struct.pack(">Bd", 0xCB, value)


def plain(value):
    if isinstance(value, Array):
        # As in JavaScript, a whole number has no fraction.
        return [int(number) if number == int(number) else number for number in value.values]
    if isinstance(value, dict):
        return {name: plain(field) for name, field in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def text_of(message):
    return json.dumps(plain(message), separators=(",", ":"), ensure_ascii=False)


def json_form(message):
    """Text, or for `preview` the binary message."""
    if message["op"] != "preview":
        return {"text": text_of(message)}
    header = text_of({name: field for name, field in message.items() if name != "pixels"}).encode()
    return {"hex": (struct.pack("<I", len(header)) + header + message["pixels"].bytes).hex()}


NO_SIZES = {
    "mean": None, "median": None, "standardDeviation": None, "d10": None, "d50": None, "d90": None,
    "geometricMean": None, "geometricStandardDeviation": None, "histogram": {"low": 0, "binWidth": 0, "counts": []},
}
SIZES = {
    "mean": 12.5, "median": 12.25, "standardDeviation": 1.5, "d10": 10.5, "d50": 12.25, "d90": 14.75,
    "geometricMean": 12.375, "geometricStandardDeviation": 1.125,
    "histogram": {"low": 8, "binWidth": 0.5, "counts": [1, 0, 300]},
}
FRAME = {
    "op": "frame", "seq": 70000, "source": "folder", "label": "µ 001.tif", "widthPx": 512, "heightPx": 512,
    "pixelSizeNm": 0.25, "receivedAtMs": 1700000000000, "acquiredAtMs": None, "committedAtMs": 1700000000012.5,
    "statistics": {
        "count": 301, "borderCount": 1, "sizedCount": 300, "border": "exclude", "lengthUnit": "nm",
        "numberDensity": 0.0184, "areaFraction": 0.125, "ecd": SIZES, "area": NO_SIZES, "backgroundSnr": 4.5,
    },
    "intensity": {
        "range": {"low": 0, "high": 255},
        "raw": Array("u32", [0, 1, 65536]), "filtered": Array("u32", [4294967295]),
    },
    "noise": {"sigma": 6.25, "gain": 0.5, "offset": None}, "nlmH": 6.5,
    "stageTimesMs": {"decode": 0.5, "filter": 1.25, "segment": 60, "measure": 2},
    "settingsId": 2,
    "computedBy": {"filter": "gaussian, WebAssembly", "segmenter": "mask-rcnn, CPU"},
}
COLUMNS = [
    "id", "centroidXPx", "centroidYPx", "areaPx2", "ecdPx", "perimeterPx", "feretMaxPx", "feretMinPx", "aspectRatio",
    "circularity", "solidity", "orientationRad", "boundaryAreaRatioPerPx", "meanIntensity", "score", "touchesBorder",
]
ELEMENTS = {"id": "u32", "touchesBorder": "u8"}
PARTICLES = {
    "op": "particles", "seq": 7, "pixelSizeNm": None,
    "columns": {
        name: Array(ELEMENTS.get(name, "f32"), [1, 0] if name in ELEMENTS else [0.1 + number, -0.5])
        for number, name in enumerate(COLUMNS)
    },
}
SETTINGS = {
    "op": "settings", "settingsId": 2, "fromSeq": 7,
    "settings": {
        "filter": "gaussian", "gaussianKernelPx": 5, "gaussianSigmaPx": 5, "nlmH": 15, "segmenter": "threshold",
        "scoreThreshold": 0.5, "zoom": None, "minAreaPx2": 20, "polarity": "auto", "fillHoles": True, "edge": "foot",
        "border": "exclude", "pixelSizeNm": None, "displayLow": None, "displayHigh": 4095,
    },
}
HEALTH = {
    "op": "health", "atMs": 1700000000000, "state": "degraded", "notes": ["no GPU: filters run in WebAssembly"],
    "sources": [{
        "name": "folder", "state": "ok", "detail": "frames/",
        "account": {
            "seen": 9, "committed": 6, "rejected": {"empty": 1, "corrupt": 1},
            "dropped": {"intake/latest": 1}, "inFlight": 0,
        },
        "cadence": "spool", "queue": {"length": 0, "limit": 1},
        "spool": {"frames": 3, "bytes": 786624, "limitBytes": 16000000000, "trouble": None},
        "order": {"numbered": 9, "missing": 2, "late": 1, "repeated": 0},
    }],
    "analyzer": {
        "state": "ready", "restarts": 1, "filterBackend": "cpu", "segmenterBackend": "cpu", "residentBytes": 268435456,
    },
    "queue": {"length": 0, "limit": 1},
    "framesPerSecond": 59.5, "latencyMs": {"p50": 16.5, "p99": None},
    "batch": {"mean": 3.5, "largest": 8}, "clients": 2, "daemonResidentBytes": 134217728,
}
PREVIEW = {
    "op": "preview", "seq": 7, "kind": "filtered", "frameWidthPx": 6, "frameHeightPx": 4, "pixelSizeNm": 0.25,
    "widthPx": 3, "heightPx": 2, "framePxPerPreviewPx": 2, "pixels": Array("u8", [0, 1, 2, 253, 254, 255]),
    "outlines": {"offsets": Array("u32", [0, 3]), "xyPx": Array("f32", [0, 0, 1.5, 0, 0.1, 2])},
    "ecdPx": Array("f32", [1.5]), "touchesBorder": Array("u8", [1]),
}
REJECTED = {
    "op": "rejected", "seq": 8, "source": "folder", "label": "b.tif", "receivedAtMs": 1700000000000,
    "reason": "empty", "detail": "a 0-byte file",
}
RUN = {
    "runId": 3, "name": "heating", "notes": "80 °C", "startedAtMs": 1700000000000, "endedAtMs": None, "firstSeq": 69000,
    "lastSeq": None,
}
RUN_ENTRY = {
    **RUN, "endedAtMs": 1700000100000.5, "lastSeq": 70000, "committed": 998, "rejected": 2, "dropped": 1,
    "particles": 300000,
}
HISTORY = [{"seq": 70000, "receivedAtMs": 1700000000000, "count": 301, "d10": 8.25, "d50": None, "d90": 12}]
SERVER = [
    {
        "op": "hello", "protocolVersion": 1, "daemonVersion": "0.1.0", "sessionId": "6f9c",
        "channels": ["events", "particles", "preview", "health"], "lastSeq": 70000, "settings": SETTINGS,
        "health": HEALTH, "run": RUN, "history": HISTORY,
        "lastFrame": FRAME, "particles": PARTICLES, "rejections": [REJECTED],
    },
    FRAME,
    REJECTED,
    {
        "op": "dropped", "seq": 9, "source": "folder", "label": "c.tif", "receivedAtMs": 1700000000000,
        "cause": "intake/latest",
    },
    PARTICLES,
    PREVIEW,
    HEALTH,
    SETTINGS,
    {"op": "run", "run": None},
    {"op": "runs", "requestId": "r5", "runs": [RUN_ENTRY]},
    {
        "op": "runHistory", "requestId": "r6", "run": RUN_ENTRY, "history": HISTORY, "lastFrame": FRAME,
        "particles": PARTICLES, "rejections": [REJECTED], "settingsHistory": [SETTINGS],
    },
    {
        "op": "filteredFrame", "requestId": "r9", "seq": 7, "frameWidthPx": 4096, "frameHeightPx": 1, "leftPx": 1024, "topPx": 0,
        "widthPx": 3, "heightPx": 1, "isRounded": False, "filter": "nlm", "nlmH": 12.5,
        "rawLevels": Array("u8", [0, 128, 255]), "filteredLevels": Array("u8", [1, 127, 254]),
    },
    {"op": "gap", "fromSeq": 10, "toSeq": 300},
    {"op": "done", "requestId": "r1"},
    {
        "op": "error", "requestId": None, "tag": "Protocol", "received": "a text message",
        "expected": "a binary message of one MessagePack map", "remedy": "Encode as the negotiated subprotocol says.",
    },
]
CLIENT = [
    {
        "op": "subscribe", "requestId": "r1", "channels": ["events", "preview"], "previewKind": "filtered",
        "previewIntervalMs": 50, "resumeAfterSeq": 70000,
    },
    {"op": "startRun", "requestId": "r3", "name": "heating", "notes": "80 °C"},
    {"op": "endRun", "requestId": "r4"},
    {"op": "describeRun", "requestId": "r7", "runId": 3, "notes": ""},
    {"op": "listRuns", "requestId": "r5"},
    {"op": "openRun", "requestId": "r6", "runId": 3},
    {"op": "filterFrame", "requestId": "r9", "settings": {"filter": "nlm", "nlmH": 12.5}},
    {"op": "control", "requestId": "r8", "action": "reload"},
    {"op": "configure", "requestId": "r2", "settings": {"filter": "nlm", "nlmH": 12.5, "pixelSizeNm": None}},
]

if __name__ == "__main__":
    golden = {
        side: [{"op": message["op"], "json": json_form(message), "msgpack": pack(message).hex()} for message in messages]
        for side, messages in (("server", SERVER), ("client", CLIENT))
    }
    json.dump(golden, sys.stdout, indent=2, ensure_ascii=False)
    print()
