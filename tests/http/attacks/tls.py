#!/usr/bin/python3
"""What a client may do before there is anything encrypted: tls.py ADDRESS PID [QUICK]"""

import os
import sys
import time

from victim import Attacks, Others, Victim, end, receive_all, send_some, unharmed

MIB = 1 << 20
MANY = 100  # connections at once

# A handshake's first record, as far as its header goes: 512 bytes of a ClientHello follow.
BEGUN = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def stalled(victim, name, begin, attacks):
    """A handshake that does not go on."""
    limit = victim.head_s + 1.5
    with Others(victim) as others:
        socks = [victim.connect() for _ in range(MANY)]
        begun = time.monotonic()
        for sock in socks:
            send_some(sock, begin)
        ends = [receive_all(sock, max(begun + limit - time.monotonic(), 0.2))[1] for sock in socks]
    over = sum(how != "open" for how in ends)
    attacks.row(name, over == MANY, f"{over} of {MANY} were closed within {limit:.1f} s", others,
                24 * MIB)


def dripped(victim, attacks):
    """One that goes on by a byte at a time."""
    limit = victim.head_s + 1.5
    with Others(victim) as others:
        socks = [victim.connect() for _ in range(MANY)]
        begun = time.monotonic()
        for sock in socks:
            send_some(sock, BEGUN)
        while time.monotonic() < begun + limit:
            for sock in socks:
                send_some(sock, b"\x00")
            time.sleep(0.2)
        ends = [receive_all(sock, 0.2)[1] for sock in socks]
    over = sum(how != "open" for how in ends)
    attacks.row("a handshake that drips", over == MANY,
                f"{over} of {MANY} were closed within {limit:.1f} s", others, 24 * MIB)


def nonsense(victim, attacks):
    """Neither TLS nor HTTP."""
    samples = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\xff\xff" * 999,
               b"\x15\x03\x01\x00\x02\x02\x28", b"\x00" * 65536]
    with Others(victim) as others:
        ends = []
        for sample in samples * 10:
            sock = victim.connect()
            send_some(sock, sample)
            ends.append(receive_all(sock, 5)[1])
    over = sum(how != "open" for how in ends)
    attacks.row("no handshake at all", over == len(ends), f"{over} of {len(ends)} were closed",
                others, 8 * MIB)


def handshakes(victim, attacks):
    """Whole ones, and nothing behind them."""
    limit = victim.head_s + 1.5
    with Others(victim) as others:
        socks = [victim.connect_tls() for _ in range(MANY)]
        begun = time.monotonic()
        ends = [receive_all(sock, max(begun + limit - time.monotonic(), 0.2))[1] for sock in socks]
    over = sum(how != "open" for how in ends)
    attacks.row("silent behind a handshake", over == MANY,
                f"{over} of {MANY} were closed within {limit:.1f} s", others, 24 * MIB)


def main():
    quick = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    victim = Victim(sys.argv[1], int(sys.argv[2]), tls=True, quick=quick)
    attacks = Attacks(p99_ms=100)
    unharmed(victim)
    nonsense(victim, attacks)
    stalled(victim, "a handshake not begun", b"", attacks)
    stalled(victim, "a handshake that stalls", BEGUN, attacks)
    dripped(victim, attacks)
    handshakes(victim, attacks)
    end(attacks)


if __name__ == "__main__":
    main()
