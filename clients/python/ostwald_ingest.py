"""Hands frames to Ostwald: one file, standard library only, Python 3.8 or later. Copy it beside your script.

    from ostwald_ingest import Sender

    with Sender("tcp://127.0.0.1:1897", stream="camera") as sender:
        sender.begin_run("heating")
        for frame in camera:                                # numpy arrays, 2-D, u8 u16 u32 i8 i16 i32 f32
            sender.send(frame, pixelSizeNm=0.42)
        sender.flush()                                      # every frame is recorded now
    print(sender.refused)                                   # those that gave no result, and why

On the other side: ostwald receive tcp://127.0.0.1:1897

A frame is kept until the daemon has recorded it. When the connection breaks, or the daemon is killed and started again on the same
ledger, the sender connects again and goes on: nothing is lost, nothing is analysed twice. A daemon that is slower than the frames makes
`send` wait. A script that is itself started again goes on with its series when it names the same `session` and sends the series from
its beginning: what is recorded already is left out.

The protocol, byte for byte: src/stream/protocol/INGEST.md.
"""

import json
import select
import socket
import struct
import sys
import time
import uuid
import zlib
from collections import OrderedDict
from urllib.parse import urlsplit

MAGIC, VERSION, PRELUDE = b"OSTI", 1, struct.Struct("<4sHHIIII")
#: After these errors a sender comes back; the others would come again.
PASSING = ("checksum", "busy", "stopping")
NUMPY_TYPES = {"uint8": "u8", "uint16": "u16", "uint32": "u32", "int8": "i8", "int16": "i16", "int32": "i32", "float32": "f32"}
RETRY_S = (0.05, 2.0)


class IngestError(Exception):
    """The daemon does not take what it was sent. `reason` is one of those in INGEST.md."""

    def __init__(self, error):
        super().__init__("{reason}: received {received}; expected {expected}. {remedy}".format(**error))
        self.reason = error["reason"]


class Sender:
    """A session of numbered items. Not for several threads at once.

    address       tcp://HOST:PORT or unix:///PATH of a daemon; with tcp+listen:// or unix+listen:// the daemon connects to this script
    stream        what sends, shown to people
    session       this series of items; a new one by default
    token         where the daemon has one
    keep_bytes    memory that items may take that are not recorded yet; `send` waits above it
    give_up_s     how long to try to connect before an error is raised; None: for ever
    """

    def __init__(self, address, stream="python", session=None, token=None, keep_bytes=1 << 30, give_up_s=None):
        self.stream, self.session = stream, session or str(uuid.uuid4())
        #: Items handed over so far; the last of them that is settled; how those ended that gave no result; connections made.
        self.sent, self.settled, self.refused, self.connections = 0, 0, [], 0
        self._address, self._token, self._keep_bytes, self._give_up_s = urlsplit(address), token, keep_bytes, give_up_s
        self._kept, self._kept_bytes = OrderedDict(), 0
        self._next, self._taken, self._window = 1, 0, 0
        self._socket, self._listening, self._received = None, None, b""

    def send(self, pixels, width=None, height=None, type="u8", **facts):
        """Sends a frame: a 2-D numpy array, or bytes with width, height and type. Gives its number.

        facts: label, byteOrder, pixelSizeNm, acquiredAtMs, exposureMs, sequence, as in INGEST.md.
        """
        if hasattr(pixels, "dtype"):
            height, width = pixels.shape
            type, order = NUMPY_TYPES[pixels.dtype.name], pixels.dtype.byteorder
            facts["byteOrder"] = "big" if order == ">" or (order == "=" and sys.byteorder == "big") else "little"
            pixels = pixels.tobytes()
        header = {"op": "frame", "widthPx": width, "heightPx": height, "type": type, **facts}
        return self._put(header, bytes(pixels))

    def send_file(self, path, **facts):
        """Sends an image file (PNG, TIFF, ...) of one frame, whole."""
        with open(path, "rb") as file:
            return self._put({"op": "file", "label": str(path)[-200:], **facts}, file.read())

    def announce(self, path):
        """Names a file that the daemon can open itself, inside its --announce-root."""
        return self._put({"op": "announce", "path": str(path)})

    def begin_run(self, name=None, notes=None):
        """Begins a run with the next frame."""
        words = {"name": name, "notes": notes}
        return self._put({"op": "beginRun", **{key: text for key, text in words.items() if text is not None}})

    def end_run(self):
        """Ends the run with the frame before."""
        return self._put({"op": "endRun"})

    def flush(self):
        """Waits until every item is settled: recorded, or refused for a reason that `refused` has."""
        while self._kept:
            self._work(wait=True)

    def close(self):
        """Ends the connection. What is not settled is forgotten: `flush` first."""
        for end in (self._socket, self._listening):
            if end is not None:
                end.close()
        self._socket = self._listening = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _put(self, header, payload=b""):
        self.sent += 1
        if self.sent <= self.settled:
            return self.sent
        self._kept[self.sent] = ({**header, "number": self.sent}, payload)
        self._kept_bytes += len(payload)
        self._work(wait=False)
        while self._next <= self.sent or (self._kept_bytes > self._keep_bytes and len(self._kept) > 1):
            self._work(wait=True)
        return self.sent

    def _work(self, wait):
        """Hears what has come, and sends what may be sent; with `wait` at least something of it. Comes back after a break."""
        try:
            if self._socket is None:
                self._connect()
            before = (self._next, self.settled)
            self._hear(0)
            while self._next <= self.sent and self._next <= self._taken + self._window:
                header, payload = self._kept[self._next]
                self._socket.sendall(message(header, payload))
                self._next += 1
            if wait and before == (self._next, self.settled):
                self._hear(None)
        except (OSError, EOFError):
            self._break()

    def _connect(self):
        pause, begun = RETRY_S[0], time.monotonic()
        while True:
            try:
                self._socket = self._open()
                hello = {"op": "hello", "stream": self.stream, "session": self.session, "firstNumber": self.settled + 1}
                if self._token is not None:
                    hello["token"] = self._token
                self._socket.sendall(message(hello))
                while self._window == 0:
                    self._hear(None)
                self.connections += 1
                self._next = self._taken + 1
                return
            except (OSError, EOFError) as error:
                self._break()
                if self._give_up_s is not None and time.monotonic() - begun > self._give_up_s:
                    raise TimeoutError("no daemon at {}: {}".format(self._address.geturl(), error)) from error
                time.sleep(pause)
                pause = min(2 * pause, RETRY_S[1])

    def _open(self):
        scheme, _, role = self._address.scheme.partition("+")
        family, place = socket.AF_INET, (self._address.hostname, self._address.port)
        if scheme == "unix":
            family, place = socket.AF_UNIX, self._address.path
        elif ":" in (self._address.hostname or ""):
            family = socket.AF_INET6
        if role != "listen":
            end = socket.socket(family, socket.SOCK_STREAM)
            end.connect(place)
        else:
            if self._listening is None:
                self._listening = socket.socket(family, socket.SOCK_STREAM)
                self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self._listening.bind(place)
                self._listening.listen(1)
            end, _ = self._listening.accept()
        if scheme == "tcp":
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return end

    def _break(self):
        if self._socket is not None:
            self._socket.close()
        self._socket, self._received, self._window = None, b"", 0

    def _hear(self, timeout):
        """Takes the messages that have come; waits for the first one where `timeout` is None."""
        while select.select([self._socket], [], [], timeout)[0]:
            piece = self._socket.recv(65536)
            if not piece:
                raise EOFError("the daemon closed the connection")
            self._received += piece
            while self._take_one():
                timeout = 0

    def _take_one(self):
        if len(self._received) < PRELUDE.size:
            return False
        magic, version, _, header_bytes, payload_bytes, header_crc, _ = PRELUDE.unpack_from(self._received)
        if magic != MAGIC or version != VERSION:
            raise IngestError({"reason": "version", "received": self._received[:8], "expected": "OSTI, 1", "remedy": "Check the address."})
        end = PRELUDE.size + header_bytes
        if len(self._received) < end + payload_bytes:
            return False
        header = self._received[PRELUDE.size : end]
        if zlib.crc32(header, zlib.crc32(self._received[:16])) != header_crc:
            raise EOFError("a message that is not what was sent")
        self._received = self._received[end + payload_bytes :]
        self._take(json.loads(header.decode("utf-8")))
        return True

    def _take(self, said):
        if said["op"] == "error":
            if said["reason"] in PASSING:
                raise EOFError(said["reason"])
            raise IngestError(said)
        if said["op"] not in ("welcome", "progress"):
            return
        self._window = said.get("window", self._window)
        self._taken = said["takenThrough"]
        self.refused.extend(said.get("refused", []))
        self.settled = max(self.settled, said["settledThrough"])
        while self._kept and next(iter(self._kept)) <= self.settled:
            _, (_, payload) = self._kept.popitem(last=False)
            self._kept_bytes -= len(payload)


def message(header, payload=b""):
    """A message as bytes."""
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    begin = MAGIC + struct.pack("<HHII", VERSION, 0, len(text), len(payload))
    return begin + struct.pack("<II", zlib.crc32(begin + text), zlib.crc32(payload)) + text + payload
