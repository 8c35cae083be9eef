#!/usr/bin/python3
"""What a client of HTTP/1.1 may do to a server: http1.py ADDRESS PID [QUICK]"""

import select
import sys
import time

from victim import Attacks, Others, Victim, end, gone, receive_all, send_some, statuses, unharmed

MIB = 1 << 20
MANY = 200  # connections at once
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def drip(victim, name, begin, piece, pause_s, limit_s, attacks, grown_max,
         answered_first=False):
    """MANY connections that send a piece now and then: each is told 408 in time, or cut where its
    answer had begun."""
    with Others(victim) as others:
        socks = [victim.connect() for _ in range(MANY)]
        begun, told = time.monotonic(), []
        for sock in socks:
            send_some(sock, begin)
        while socks and time.monotonic() < begun + limit_s:
            answered = select.select(socks, [], [], pause_s)[0]
            for sock in answered:
                told.append(receive_all(sock, 3))
                socks.remove(sock)
            if not answered:
                for sock in socks:
                    send_some(sock, piece)
    right = sum(statuses(said)[:1] == [408] or (answered_first and how == "reset")
                for said, how, _ in told)
    attacks.row(name, right == MANY,
                f"{right} of {MANY} were refused within {limit_s:.1f} s, {len(socks)} are open",
                others, grown_max)


def slowloris(victim, attacks):
    drip(victim, "slowloris", b"GET / HTTP/1.1\r\nHost: x\r\n", b"x-a: b\r\n", 0.3,
         victim.head_s + 1, attacks, 24 * MIB)


def slow_body(victim, attacks):
    drip(victim, "slow body", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
         b"x", 0.3, victim.body_s + 2, attacks, 24 * MIB, answered_first=True)


def slow_read(victim, attacks):
    n, limit = 50, 4 * victim.write_s + 3  # a server that is late begins to wait anew
    with Others(victim) as others:
        socks = [victim.connect(receive_bytes=4096) for _ in range(n)]
        for sock in socks:
            send_some(sock, b"GET /bytes/100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        begun, last = time.monotonic(), 0
        for sock in socks:
            if gone(sock, max(begun + limit - time.monotonic(), 0.2)) is not None:
                n -= 1
                last = time.monotonic() - begun
    attacks.row("slow read", not n, f"{n} of {len(socks)} are open after {limit:.1f} s; the last"
                f" was given up after {last:.1f} s", others, 32 * MIB)


def silent(victim, attacks):
    """Connected, and nothing said."""
    limit = victim.head_s + 1
    with Others(victim) as others:
        socks = [victim.connect() for _ in range(MANY)]
        begun = time.monotonic()
        over = sum(gone(sock, max(begun + limit - time.monotonic(), 0.2)) is not None
                   for sock in socks)
    attacks.row("silent connections", over == MANY,
                f"{over} of {MANY} were closed within {limit:.1f} s", others, 16 * MIB)


def flood(victim, name, pieces, wanted, attacks):
    """Until the server has enough; what it took is bounded."""
    sent = 0
    with Others(victim) as others:
        sock = victim.connect()
        for piece in pieces:
            if not send_some(sock, piece):
                break
            sent += len(piece)
        said, how, _ = receive_all(sock, 5)
        time.sleep(0.3)
    told = statuses(said)
    right = how != "open" and len(told) <= 1 and (not told or told[0] in wanted)
    attacks.row(name, right, f"{told or how} after {sent >> 10} KiB", others, 8 * MIB)


def floods(victim, attacks):
    line = b"GET / HTTP/1.1\r\nHost: x\r\n"
    post = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    many = (b"x-%d: y\r\n" % i for i in range(1 << 20))
    flood(victim, "header flood: fields", [line, *list(many)[:400000]], {431}, attacks)
    flood(victim, "header flood: bytes", [line, b"x: "] + [b"y" * 65536] * 400, {431}, attacks)
    flood(victim, "a long target", [b"GET /"] + [b"y" * 65536] * 400, {414}, attacks)
    flood(victim, "empty lines", [b"\r\n" * 32768] * 400, {400}, attacks)
    flood(victim, "chunk extension", [post, b"1;a="] + [b"y" * 65536] * 400, {400}, attacks)
    small = b"1;" + b"a" * 200 + b"\r\nx\r\n"
    flood(victim, "chunk extensions", [post] + [small * 100] * 1000, {400, 200}, attacks)
    flood(victim, "trailers", [post, b"0\r\n"] + [b"x: " + b"y" * 65000 + b"\r\n"] * 400, {400, 431},
          attacks)


SAMPLES = {
    "TE and CL": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two CL": b"Content-Length: 0\r\nContent-Length: 36\r\n\r\n",
    "CL in a list": b"Content-Length: 0, 36\r\n\r\n",
    "CL +": b"Content-Length: +0\r\n\r\n",
    "CL hex": b"Content-Length: 0x0\r\n\r\n",
    "CL -": b"Content-Length: -1\r\n\r\n",
    "CL with a blank": b"Content-Length: 0 0\r\n\r\n",
    "CL too large": b"Content-Length: 18446744073709551616\r\n\r\n",
    "CL empty": b"Content-Length: \r\n\r\n",
    "blank before colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "unknown TE": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "TE with VT": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "fold": b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n",
    "bare LF": b"X: a\nTransfer-Encoding: chunked\r\n\r\n",
    "bare CR": b"X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "NUL": b"X: a\x00b\r\n\r\n",
    "no colon": b"Transfer-Encoding chunked\r\n\r\n",
    "empty name": b": chunked\r\n\r\n",
    "two Host": b"Host: y\r\n\r\n",
    "LF alone ends": b"X: a\n\n",
}
CHUNKS = {
    "chunk size too large": b"FFFFFFFFFFFFFFFFF\r\n",
    "chunk size over": b"8000000000000000\r\n",
    "chunk size -": b"-1\r\n",
    "chunk size +": b"+1\r\nx\r\n0\r\n\r\n",
    "chunk size 0x": b"0x1\r\nx\r\n0\r\n\r\n",
    "chunk size _": b"1_0\r\n",
    "blank before a size": b" 1\r\nx\r\n0\r\n\r\n",
    "blank behind a size": b"1 \r\nx\r\n0\r\n\r\n",
    "no size": b"\r\nx\r\n0\r\n\r\n",
    "chunk by LF": b"1\nx\r\n0\r\n\r\n",
    "data without end": b"1\r\nxx\r\n0\r\n\r\n",
    "LF behind data": b"1\r\nx\n0\r\n\r\n",
    "extension with LF": b"1;a\nx\r\nx\r\n0\r\n\r\n",
    "a trailer's fold": b"0\r\nx: y\r\n z\r\n\r\n",
}


def smuggle(victim, attacks):
    """One answer at most, and it is over: what stands behind is never a request."""
    wrong = []
    begin = b"POST / HTTP/1.1\r\nHost: x\r\n"
    chunked = begin + b"Transfer-Encoding: chunked\r\n\r\n"
    samples = [(name, begin + text, {400, 501}) for name, text in SAMPLES.items()]
    samples += [(name, chunked + text, {400, 200}) for name, text in CHUNKS.items()]
    samples += [
        ("TE in 1.0", b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         {400}),
        ("no Host", b"GET / HTTP/1.1\r\n\r\n", {400}),
        ("blank before a field", b"GET / HTTP/1.1\r\n X: y\r\nHost: x\r\n\r\n", {400}),
        ("two blanks", b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
        ("version 2", b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", {400, 505}),
        ("control in target", b"GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    ]
    with Others(victim) as others:
        for name, text, wanted in samples:
            sock = victim.connect()
            send_some(sock, text + SMUGGLED)
            said, how, _ = receive_all(sock, 3)
            told = statuses(said)
            if how == "open" or len(told) > 1 or (told and told[0] not in wanted):
                wrong.append(f"{name}: {told} {how}")
    attacks.row("smuggling", not wrong,
                f"{len(samples) - len(wrong)} of {len(samples)} are refused {wrong or ''}", others,
                8 * MIB)


def main():
    quick = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    victim = Victim(sys.argv[1], int(sys.argv[2]), quick=quick)
    attacks = Attacks(p99_ms=100)
    unharmed(victim)
    for attack in (smuggle, floods, silent, slowloris, slow_body, slow_read):
        attack(victim, attacks)
    end(attacks)


if __name__ == "__main__":
    main()
