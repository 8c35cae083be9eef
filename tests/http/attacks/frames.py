"""A client of HTTP/2 that says what no client should: whole frames, in any order."""

import select
import ssl
import time

from hpack import Encoder
from hyperframe.frame import (DataFrame, Frame, GoAwayFrame, HeadersFrame, RstStreamFrame,
                              SettingsFrame)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CALM, COMPRESSION, CANCEL, CLOSED, PROTOCOL = 11, 9, 8, 5, 1


class Client:
    def __init__(self, victim, settings=None):
        self.sock = victim.connect_tls(("h2",)) if victim.tls else victim.connect()
        self.sock.setblocking(False)
        self.encoder = Encoder()
        self.encoder.header_table_size = 0  # what is said twice is the same twice
        self.received = b""
        self.unsent = b""
        self.next_id = 1
        self.goaway = None  # its error code
        self.over = None  # "closed" or "reset"
        self.resets = {}  # stream: error code
        self.answers = {}  # stream: bytes of its first header block
        self.ended = set()
        self.data_bytes = 0
        self.unsent += PREFACE + SettingsFrame(0, settings=settings or {}).serialize()

    def head(self, path="/", method="GET", more=()):
        return self.encoder.encode([(":method", method), (":scheme", "http"), (":path", path),
                                    (":authority", "x"), *more])

    def request(self, path="/", method="GET", end=True, more=()):
        """The frame of a new stream's request."""
        frame = HeadersFrame(self.next_id, data=self.head(path, method, more))
        frame.flags.add("END_HEADERS")
        if end:
            frame.flags.add("END_STREAM")
        self.next_id += 2
        return frame

    def say(self, *frames):
        """Puts them in line, and sends what goes. False: the server has had enough."""
        self.unsent += b"".join(f if isinstance(f, bytes) else f.serialize() for f in frames)
        while len(self.unsent) > 1 << 18 and not self.enough():
            self.turn(0.1)
        self.turn(0)
        return not self.enough()

    def enough(self):
        return self.goaway is not None or self.over is not None

    def turn(self, seconds):
        """Sends and receives what there is."""
        if self.over:
            return
        want = [self.sock] if self.unsent else []
        pending = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        select.select([self.sock], want, [], 0 if pending else seconds)
        try:
            if self.unsent:
                self.unsent = self.unsent[self.sock.send(self.unsent[:1 << 16]):]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except (OSError, ssl.SSLError):
            self.unsent = b""  # what it said before may still be read
        try:
            while not self.over:
                more = self.sock.recv(1 << 16)
                self.over = None if more else "closed"
                self.received += more
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except (OSError, ssl.SSLError):
            self.over = "reset"
        self._parse()

    def _parse(self):
        while len(self.received) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(self.received[:9]))
            if len(self.received) < 9 + length:
                return
            frame.parse_body(memoryview(self.received[9:9 + length]))
            self.received = self.received[9 + length:]
            self._take(frame)

    def _take(self, frame):
        if isinstance(frame, GoAwayFrame):
            self.goaway = frame.error_code or self.goaway
        elif isinstance(frame, RstStreamFrame):
            self.resets[frame.stream_id] = frame.error_code
        elif isinstance(frame, HeadersFrame):
            self.answers.setdefault(frame.stream_id, bytes(frame.data))
        elif isinstance(frame, DataFrame):
            self.data_bytes += len(frame.data)
        elif isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self.unsent += SettingsFrame(0, flags=["ACK"]).serialize()
        if "END_STREAM" in frame.flags:
            self.ended.add(frame.stream_id)

    def wait(self, seconds, until=None):
        """True: it came so far."""
        begun = time.monotonic()
        until = until or self.enough
        while not until() and time.monotonic() < begun + seconds and not self.over:
            self.turn(0.05)
        return until()

    def said(self):
        if self.goaway is not None:
            return f"GOAWAY({self.goaway})"
        return self.over or "nothing"
