"""weir for Python: streams are iterated with for and async for, and take Python's functions.

    for line in weir.open("access.log.gz").lines().filter(lambda line: b"ERROR" in line):
        print(line)

Everything stays on the thread that made it. An exception in a function is the __cause__ of a
weir.Error at its item, and the next loop goes on behind it. WEIR_LIBRARY says where the library is.
"""
import collections
import ctypes as c
import itertools
import os
import threading

from weir_sys import CALL, END, ERROR, E_USER, GONE, I64, N, P, READY, U64, UNKNOWN, lib

BATCH, LINE_BYTES_MAX, RAISED_MAX = 256, 1 << 20, 64

class Error(Exception):
    """What went wrong, and where. is_fatal false: the stream goes on behind it."""
    def __init__(self, error):
        for name in ("message", "place", "cure", "code", "number", "byte", "record", "is_fatal"):
            value = getattr(lib, "weir_error_" + name)(error)
            value = value.decode() if isinstance(value, bytes) else value
            setattr(self, name, None if value in (UNKNOWN, "") else value)
        text = lib.weir_error_text_in(error, c.create_string_buffer(1024), 1024)
        super().__init__(text.decode(errors="replace"))

# ---- what C holds of Python's: each under a number, until C tells that it is gone ----
_numbers = itertools.count(1 << 32)  # no errno is one of them
_held = {}  # items that are objects, functions of chains
_raised = collections.OrderedDict()  # exceptions on their way through a chain

def _hold(what, held=_held):
    held[(number := next(_numbers))] = what
    return number
@c.CFUNCTYPE(None, P, P)
def _drop_object(item, _):
    _held.pop(U64.from_address(item).value, None)
@GONE
def _gone(number):
    _held.pop(number)[1]()
class _Line(c.Structure):
    _fields_ = [("data", P), ("size", N)]
    value = property(lambda self: c.string_at(self.data, self.size) if self.size else b"")
class _Object(U64):
    value = property(lambda self: _held[U64.value.__get__(self)],
                     lambda self, made: U64.value.__set__(self, _hold(made)))

lib.weir_type_make(b"object of Python", 8, 8, _drop_object, None)
_TYPES = {b"int64_t": I64, b"uint64_t": U64, b"bool": c.c_bool, b"unit": c.c_bool,
          b"weir_line": _Line, b"weir_owned_line": _Line, b"object of Python": _Object}
_MADE = {"int": b"int64_t", "int64_t": b"int64_t", "uint64_t": b"uint64_t", "bool": b"bool",
         **dict.fromkeys(("object", "str", "float", "bytes"), b"object of Python")}

def _call(function, read, write=None, on_gone=lambda: None):
    """The three arguments of a weir_x_call: the function, its number, who is told of its end."""
    def call(item, out, _, error):
        try:
            answer = function(read.from_address(item).value if read else item)
            if write:
                place = write.from_address(out)
                place.value = answer
                if write in (I64, U64) and place.value != answer:
                    raise OverflowError(f"{answer} does not fit in 64 bits")
            return 1 if write or answer else 0
        except BaseException as exception:  # nothing may pass through C
            number = _hold(exception, _raised)
            while len(_raised) > RAISED_MAX:
                _raised.popitem(last=False)
            try:
                said = repr(exception).encode(errors="backslashreplace")
            except BaseException:
                said = type(exception).__name__.encode()
            lib.weir_error_say(error, E_USER, number, said)
            return -1
    pinned = CALL(call)
    return pinned, _hold((pinned, on_gone)), _gone

class _Runtime:
    def __init__(self):
        self.thread, self.busy, self.loop = threading.get_ident(), 0, None
        self.thrown = None  # by who is told, and has no item to give it to
        self.left = collections.deque()  # chains that were let go of elsewhere
        self.error = lib.weir_error_new()
        self.rt = lib.weir_rt_new(None, self.error)
        if not self.rt:
            raise Error(self.error)
        self.worker = lib.weir_rt_worker(self.rt)
    def drop(self, drop, chain):
        """On its own thread at once; from elsewhere, or inside of a poll, when that is over."""
        self.left.append((drop, chain))
        if threading.get_ident() == self.thread and not self.busy:
            self.sweep()
        elif self.loop and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.sweep)
    def sweep(self):
        while self.left and not self.busy:
            drop, chain = self.left.popleft()
            drop(chain)
    def look(self):
        if threading.get_ident() != self.thread:
            raise RuntimeError("a stream of weir is used on another thread than it was made on")
        if self.busy:
            raise RuntimeError("a function of a stream cannot use a stream: both would run at once")
    def call(self, function, *args):
        self.busy += 1
        try:
            state = function(*args)
        finally:
            self.busy -= 1
        self.sweep()
        return state
    def check(self, state):
        """Behind the items that came: what went wrong meanwhile."""
        thrown, self.thrown = self.thrown, None
        if thrown:
            raise thrown
        if state == ERROR:
            self.fail()
    def fail(self):
        cause = _raised.pop(lib.weir_error_number(self.error), None)
        if isinstance(cause, Exception) or not cause:
            raise Error(self.error) from cause
        raise cause  # KeyboardInterrupt, SystemExit: no error of the stream's
    def ask(self, future, out=None):
        return self.call(lib.weir_rt_run, self.rt, future, out, self.error)
    def run(self, future, out=None):
        self.check(self.ask(future, out))
    def number(self, future):
        self.run(future, c.byref(n := U64()))
        return n.value
    def __del__(self):
        if getattr(self, "rt", None):
            self.sweep()
            lib.weir_rt_drop(self.rt)
        lib.weir_error_drop(self.error)

class _Here(threading.local):
    def __init__(self): self.runtime = _Runtime()
_here = _Here()

class _Chain:
    def __init__(self, chain, keep=None):
        self._runtime, self._chain, self._keep = _here.runtime, chain, keep
    @property
    def _live(self):
        self._runtime.look()
        if not self._chain:
            raise ValueError("it was taken by another stage, or closed")
        return self._chain
    def _take(self):
        chain, self._chain = self._live, None
        return chain
    def close(self):
        chain, self._chain = getattr(self, "_chain", None), None
        if chain:
            self._runtime.drop(self._drop, chain)
    __del__ = close
    def _pull(self, function, *args):
        own = self._runtime
        return own.call(function, own.rt, self._live, *args, own.error)

def _many(n):
    if not 0 <= n < UNKNOWN:
        raise OverflowError(f"{n} is no number of items or bytes")
    return n
def _path(path):
    if b"\0" in (path := os.fsencode(path)):
        raise ValueError("embedded null byte")
    return path

class Stream(_Chain):
    _drop, _left = lib.weir_stream_drop, iter([])  # _left: of a batch, when a loop was left
    def _of(self):
        name = lib.weir_type_name(lib.weir_stream_type(self._live))
        if name not in _TYPES:
            raise TypeError(f"its items are {name.decode()}: lines come of 'to ndjson ! lines', or 'unbatch'")
        return _TYPES[name]
    def _whole(self):
        if self._left.__length_hint__():
            raise ValueError("a loop had items of it already that no stage would see")
        return self._take()
    def _over(self, make, *args): return Stream(make(self._whole(), *args), self._keep)
    def _with(self, make, function, *to):
        of, chain = self._of(), self._whole()  # first: it may be neither
        call = _call(function, of, *(_TYPES[lib.weir_type_name(made)] for made in to))
        return Stream(make(chain, *to, *call), self._keep)
    def map(self, function, to=object):
        """to: int, "uint64_t" or bool: a number of C's, of 64 bits; all else stays an object."""
        name = _MADE.get(getattr(to, "__name__", "object" if to is None else to))
        if not name:
            raise ValueError(f"map() makes no {to!r}: say int, 'uint64_t', bool, or nothing")
        return self._with(lib.weir_map_call, function, lib.weir_type_named(name))
    def filter(self, function): return self._with(lib.weir_filter_call, function)
    def each(self, function): return self._with(lib.weir_each_call, function)
    def take(self, n): return self._over(lib.weir_take, _many(n))
    def skip(self, n): return self._over(lib.weir_skip, _many(n))
    def count(self): return self._runtime.number(lib.weir_count(self._whole()))
    def batches(self, n=BATCH):
        """Lists of what is there at once, at most n items each."""
        of, got, state = self._of(), N(), READY
        room = ((c.c_uint32 if of is _Line else U64 if of is _Object else of) * n)()
        block = c.create_string_buffer(2 * LINE_BYTES_MAX) if of is _Line else None
        lines = lib.weir_pull_lines, block, 2 * LINE_BYTES_MAX, room
        pull = lines if block else (lib.weir_pull, room, n)
        if left := list(self._left):
            yield left
        while state != END:
            got.value = n
            state = self._pull(*pull, got)
            items = room[:got.value]
            if block and items:
                items = [block[a:b] for a, b in zip([0] + items, items)]
            elif of is _Object:
                items = [_held.pop(item) for item in items]
            if items:
                yield items
            self._runtime.check(state)
    def __iter__(self):
        for items in self.batches():
            self._left = iter(items)
            yield from self._left
    def __aiter__(self):  # in a file of its own: asyncio is loaded where it is used
        import weir_async
        return weir_async.iterate(self)

class Reader(_Chain):
    _drop = lib.weir_reader_drop
    def lines(self, line_bytes_max=LINE_BYTES_MAX):
        most = _many(line_bytes_max)
        return Stream(lib.weir_lines(self._take(), most), self._keep)
    def save(self, path):
        """Writes it to a file, which appears when it is complete; answers how many bytes."""
        path, chain = _path(path), self._take()
        return self._runtime.number(lib.weir_copy(chain, lib.weir_file_writer(path, None)))
    def __iter__(self):
        room, got, state = c.create_string_buffer(1 << 16), N(), READY
        while (state := self._pull(lib.weir_pull_bytes, room, len(room), got)) == READY:
            yield c.string_at(room, got.value)
            self._runtime.check(state)
        self._runtime.check(state)

def range(first, end):
    if (I64(first).value, I64(end).value) != (first, end):
        raise OverflowError("a bound does not fit in 64 bits")
    return Stream(lib.weir_range(first, end))
def interval(seconds): return Stream(lib.weir_interval(_many(int(seconds * 1e9)), 0))
def memory(data):
    data = bytes(memoryview(data))
    return Reader(lib.weir_memory_reader(data, len(data)), data)
def open(path): return Reader(lib.weir_open(_path(path)))  # decompressed as needed

def __getattr__(name):  # weir.pipeline(TEXT): in a file of its own, as its library is
    if name not in ("pipeline", "Pipeline", "TextError"):
        raise AttributeError(f"module 'weir' has no attribute {name!r}")
    import weir_pipeline
    return getattr(weir_pipeline, name)
