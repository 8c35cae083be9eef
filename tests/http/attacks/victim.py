"""The server under attack: what it answers, what it holds, and how others fare meanwhile."""

import multiprocessing
import os
import select
import socket
import ssl
import sys
import time

HELLO = b"GET / HTTP/1.1\r\nHost: good\r\n\r\n"
PAUSE_S = 0.002
OTHERS_S = 1  # at least: p99 is of some hundreds


class Victim:
    def __init__(self, address, pid, tls=False, quick=1):
        host, port = address.rsplit(":", 1)
        self.address = (host, int(port))
        self.pid = pid
        self.tls = tls
        self.head_s = 10 / quick
        self.body_s = 10 / quick
        self.write_s = 30 / quick

    def connect(self, receive_bytes=0):
        """A socket; receive_bytes: as much as the kernel takes for who does not read."""
        plain = socket.socket()
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.settimeout(20)
        plain.connect(self.address)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain

    def connect_tls(self, protocols=("http/1.1",)):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(list(protocols))
        return context.wrap_socket(self.connect(), server_hostname="localhost")

    def rss(self):
        with open(f"/proc/{self.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def receive_answer(sock):
    """One answer with a Content-Length; its status."""
    said = b""
    while b"\r\n\r\n" not in said:
        more = sock.recv(65536)
        if not more:
            raise ConnectionError("closed in the middle of an answer")
        said += more
    head, _, body = said.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += sock.recv(65536)
    return int(head.split(b" ")[1])


def receive_all(sock, seconds):
    """What comes until the peer closes, resets, or the time is over: (bytes, "closed", "reset" or
    "open", seconds it took)."""
    said, begun = b"", time.monotonic()
    while True:
        left = begun + seconds - time.monotonic()
        if left <= 0:
            return said, "open", seconds
        sock.settimeout(left)
        try:
            more = sock.recv(65536)
        except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
            continue
        except (ConnectionError, ssl.SSLError):
            return said, "reset", time.monotonic() - begun
        if not more:
            return said, "closed", time.monotonic() - begun
        said += more


def send_some(sock, data):
    """False: the peer does not take it any more."""
    try:
        sock.sendall(data)
        return True
    except (OSError, ssl.SSLError):
        return False


def gone(sock, seconds):
    """Seconds until the other side gave the connection up, seen without reading; None: it has not."""
    poll, begun = select.poll(), time.monotonic()
    poll.register(sock, select.POLLRDHUP)
    while time.monotonic() < begun + seconds:
        if any(events & (select.POLLRDHUP | select.POLLERR | select.POLLHUP)
               for _, events in poll.poll(100)):
            return time.monotonic() - begun
    return None


def statuses(said):
    """Of all answers that stand in what was said."""
    return [int(part.split(b" ")[1]) for part in said.split(b"HTTP/1.1 ")[1:]
            for part in [b"x " + part]]


def _be_good(victim, stop, out):
    connect = victim.connect_tls if victim.tls else victim.connect
    times, failed, most = [], [], 0
    sock = None
    while not stop.is_set():
        begun = time.monotonic()
        try:
            if not sock:  # what a handshake takes is another matter
                sock = connect()
                begun = time.monotonic()
            sock.sendall(HELLO)
            if receive_answer(sock) != 200:
                failed.append("another status than 200")
        except (OSError, ssl.SSLError) as error:
            failed.append(repr(error))
            sock = None
        times.append(time.monotonic() - begun)
        most = max(most, victim.rss())
        time.sleep(PAUSE_S)
    out.put((times, failed, most))


class Others:
    """A good client, in a process of its own, for as long as the block lasts."""

    def __init__(self, victim):
        self.victim = victim

    def __enter__(self):
        self.stop, self.out = multiprocessing.Event(), multiprocessing.Queue()
        self.before = self.victim.rss()
        self.process = multiprocessing.Process(
            target=_be_good, args=(self.victim, self.stop, self.out), daemon=True)
        self.process.start()
        self.begun = time.monotonic()
        time.sleep(0.1)
        return self

    def __exit__(self, kind, error, trace):
        time.sleep(0 if kind else max(0, self.begun + OTHERS_S - time.monotonic()))
        self.stop.set()
        if kind:
            self.process.kill()
            return
        times, self.failed, most = self.out.get(timeout=30)
        self.process.join()
        times.sort()
        self.n = len(times)
        self.p50_ms = times[len(times) // 2] * 1e3
        self.p99_ms = times[int(len(times) * 0.99)] * 1e3
        self.worst_ms = times[-1] * 1e3
        self.grown = max(0, most - self.before)

    def __str__(self):
        return (f"others: {self.n} answered, p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms,"
                f" {self.grown / (1 << 20):.1f} MiB more")


def unharmed(victim):
    """How a good client fares where nobody attacks: no row, but what the rows are held against."""
    with Others(victim) as others:
        time.sleep(2)
    print(f"       {'nobody attacks':28} {others}", flush=True)


class Attacks:
    """What was found out, a row each."""

    def __init__(self, p99_ms):
        self.p99_ms = p99_ms
        self.failed = 0

    def row(self, name, right, said, others, grown_max):
        why = []
        if not right:
            why.append("WRONG")
        if others and others.failed:
            why.append(f"OTHERS FAILED: {others.failed[0]}")
        if others and (others.n < 20 or others.p99_ms > self.p99_ms):
            why.append("OTHERS WAITED")
        if others and others.grown > grown_max:
            why.append(f"MORE THAN {grown_max >> 20} MiB")
        self.failed += bool(why)
        line = f"{'not ok' if why else 'ok':6} {name:28} {said}"
        if others:
            line += f"; {others}"
        print(line + "".join(f"  {text}" for text in why), flush=True)


def end(attacks):
    sys.exit(1 if attacks.failed else 0)
