"""weir for Python: streams are iterated with for and async for, and take Python's functions.

    for line in weir.open("access.log.gz").lines().filter(lambda line: b"ERROR" in line):
        print(line)

Everything stays on the thread that made it. An exception in a function is the __cause__ of a
weir.Error at its item, and the next loop goes on behind it. WEIR_LIBRARY says where the library is.
"""
import asyncio
import collections
import ctypes as c
import itertools
import os
import threading

READY, END, ERROR, E_USER = 0, 2, 3, 10
BATCH, LINE_BYTES_MAX, RAISED_MAX, UNKNOWN = 256, 1 << 20, 64, (1 << 64) - 1

_lib = c.CDLL(os.environ.get("WEIR_LIBRARY", "libweir.so.0"))
_P, _N, _U64, _I64, _S = c.c_void_p, c.c_size_t, c.c_uint64, c.c_int64, c.c_char_p
_OUT, _GONE, _CALL = c.POINTER(_N), c.CFUNCTYPE(None, _P), c.CFUNCTYPE(c.c_int, _P, _P, _P, _P)
_WORDS = {"p": _P, "n": _N, "u": _U64, "i": _I64, "s": _S, "o": _OUT, "d": c.c_int, "b": c.c_bool,
          "c": _CALL, "g": _GONE, "v": None}
for declaration in """p rt_new pp, p rt_worker p, v rt_drop p, d rt_run pppp, b worker_turn pu,
        d worker_fd p, u worker_timeout_ns p, p worker_spawn pp, v stream_drop p, v reader_drop p,
        d pull pppnop, d pull_lines pppnpop, d pull_bytes pppnop, p vec_items po, p stream_type p,
        s type_name p, p type_named s, p type_make snnpp, p map_call ppcpg, p filter_call pcpg,
        p each_call pcpg, p error_new -, v error_say pdis, d error_code p, i error_number p,
        u error_byte p, u error_record p, b error_is_fatal p, s error_message p, s error_place p,
        s error_cure p, s error_text_in psn, p range ii, p interval ud, p take pu, p skip pu, p own p,
        p count p, p next p, p ready_chunks pn, p lines pn, p open s, p memory_reader sn, p file_writer sp,
        p copy pp, p abort_on_drop p""".split(","):
    gives, name, takes = declaration.split()
    function = getattr(_lib, "weir_" + name)
    function.restype, function.argtypes = _WORDS[gives], [_WORDS[word] for word in takes.strip("-")]

class Error(Exception):
    """What went wrong, and where. is_fatal false: the stream goes on behind it."""
    def __init__(self, error):
        for name in ("message", "place", "cure", "code", "number", "byte", "record", "is_fatal"):
            value = getattr(_lib, "weir_error_" + name)(error)
            value = value.decode() if isinstance(value, bytes) else value
            setattr(self, name, None if value in (UNKNOWN, "") else value)
        text = _lib.weir_error_text_in(error, c.create_string_buffer(1024), 1024)
        super().__init__(text.decode(errors="replace"))

# ---- what C holds of Python's: each under a number, until C tells that it is gone ----
_numbers = itertools.count(1 << 32)  # no errno is one of them
_held = {}  # items that are objects, functions of chains
_raised = collections.OrderedDict()  # exceptions on their way through a chain

def _hold(what, held=_held):
    held[(number := next(_numbers))] = what
    return number
@c.CFUNCTYPE(None, _P, _P)
def _drop_object(item, _):
    _held.pop(_U64.from_address(item).value, None)
@_GONE
def _gone(number):
    _held.pop(number)[1]()
class _Line(c.Structure):
    _fields_ = [("data", _P), ("size", _N)]
    value = property(lambda self: c.string_at(self.data, self.size) if self.size else b"")
class _Object(_U64):
    value = property(lambda self: _held[_U64.value.__get__(self)],
                     lambda self, made: _U64.value.__set__(self, _hold(made)))

_lib.weir_type_make(b"object of Python", 8, 8, _drop_object, None)
_TYPES = {b"int64_t": _I64, b"uint64_t": _U64, b"bool": c.c_bool, b"weir_line": _Line,
          b"weir_owned_line": _Line, b"object of Python": _Object}
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
                if write in (_I64, _U64) and place.value != answer:
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
            _lib.weir_error_say(error, E_USER, number, said)
            return -1
    pinned = _CALL(call)
    return pinned, _hold((pinned, on_gone)), _gone

# ---- runtimes: one a thread ----
class _Runtime:
    here = threading.local()
    def __init__(self):
        self.thread, self.busy, self.loop, self.timer = threading.get_ident(), 0, None, None
        self.left = collections.deque()  # chains that were let go of elsewhere
        self.error = _lib.weir_error_new()
        self.rt = _lib.weir_rt_new(None, self.error)
        if not self.rt:
            raise Error(self.error)
        self.worker = _lib.weir_rt_worker(self.rt)
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
    def call(self, function, *args):
        if threading.get_ident() != self.thread:
            raise RuntimeError("a stream of weir is used on another thread than it was made on")
        self.busy += 1
        try:
            state = function(*args)
        finally:
            self.busy -= 1
        self.sweep()
        return state
    def fail(self):
        raise Error(self.error) from _raised.pop(_lib.weir_error_number(self.error), None)
    def run(self, future, out=None):
        state = self.call(_lib.weir_rt_run, self.rt, future, out, self.error)
        return self.fail() if state == ERROR else state
    def number(self, future):
        n = _U64()
        self.run(future, c.byref(n))
        return n.value
    def turn(self):
        """Once round, for asyncio; and when it is to be called again."""
        if self.timer:
            self.timer.cancel()
        self.call(_lib.weir_worker_turn, self.worker, 0)
        ns = _lib.weir_worker_timeout_ns(self.worker)
        self.timer = None if ns == UNKNOWN else self.loop.call_later(ns / 1e9, self.turn)
    def attach(self):
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self.loop, self.timer = loop, None
            loop.add_reader(_lib.weir_worker_fd(self.worker), self.turn)
        loop.call_soon(self.turn)
        return loop.create_future()
    def __del__(self):
        if getattr(self, "rt", None):
            self.sweep()
            _lib.weir_rt_drop(self.rt)

class _Chain:
    def __init__(self, chain, keep=None):
        if not hasattr(_Runtime.here, "runtime"):
            _Runtime.here.runtime = _Runtime()
        self._runtime, self._chain, self._keep = _Runtime.here.runtime, chain, keep
    @property
    def _live(self):
        if not self._chain:
            raise ValueError("it was taken by another stage, or closed")
        return self._chain
    def _take(self):
        """A stage that is made of it takes it."""
        chain, self._chain = self._live, None
        return chain
    def close(self):
        if getattr(self, "_chain", None):
            self._runtime.drop(self._drop, self._take())
    __del__ = close
    def _pull(self, function, *args):
        own = self._runtime
        return own.call(function, own.rt, self._live, *args, own.error)

class Stream(_Chain):
    _drop, _left = _lib.weir_stream_drop, iter([])  # _left: of a batch, when a loop was left
    def _of(self): return _TYPES[_lib.weir_type_name(_lib.weir_stream_type(self._live))]
    def _whole(self):
        if self._left.__length_hint__():
            raise ValueError("a loop had items of it already that no stage would see")
        return self._take()
    def _over(self, make, *args): return Stream(make(self._whole(), *args), self._keep)
    def map(self, function, to=object):
        """to: int, "uint64_t" or bool: a number of C's, of 64 bits; all else stays an object."""
        name = _MADE.get(getattr(to, "__name__", "object" if to is None else to))
        if not name:
            raise ValueError(f"map() makes no {to!r}: say int, 'uint64_t', bool, or nothing")
        call = _call(function, self._of(), _TYPES[name])
        return self._over(_lib.weir_map_call, _lib.weir_type_named(name), *call)
    def _call(self, make, function): return self._over(make, *_call(function, self._of()))
    def filter(self, function): return self._call(_lib.weir_filter_call, function)
    def each(self, function): return self._call(_lib.weir_each_call, function)
    def take(self, n): return self._over(_lib.weir_take, n)
    def skip(self, n): return self._over(_lib.weir_skip, n)
    def count(self):
        return self._runtime.number(_lib.weir_count(self._whole()))
    def batches(self, n=BATCH):
        """Lists of what is there at once, at most n items each."""
        of, got, state = self._of(), _N(), READY
        room = ((c.c_uint32 if of is _Line else _U64 if of is _Object else of) * n)()
        block = c.create_string_buffer(2 * LINE_BYTES_MAX) if of is _Line else None
        lines = _lib.weir_pull_lines, block, 2 * LINE_BYTES_MAX, room
        pull = lines if block else (_lib.weir_pull, room, n)
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
            if state == ERROR:
                self._runtime.fail()
    def __iter__(self):
        for items in self.batches():
            self._left = iter(items)
            yield from self._left
    async def __aiter__(self):
        """A task a batch, whose last stage tells when it is over."""
        of, items, state, got, held = self._of(), [], READY, _N(), (_Line, _Object)
        chain = _lib.weir_own(self._whole()) if of is _Line else self._whole()
        self._chain = _lib.weir_ready_chunks(chain, BATCH)
        def keep(vec):
            first = _lib.weir_vec_items(vec, got)
            there = (of * got.value).from_address(first)
            items.extend(item.value for item in there) if of in held else items.extend(there)
            return True
        while state == READY:
            over = self._runtime.attach()
            call = _call(keep, None, None, lambda: over.done() or over.set_result(None))
            batch = _lib.weir_each_call(_lib.weir_next(self._chain), *call)
            task = _lib.weir_worker_spawn(self._runtime.worker, batch)
            task = Stream(_lib.weir_abort_on_drop(task))  # ends with this loop
            try:
                await over
                state = self._runtime.run(task._take())
            finally:
                task.close()  # before the chain, which it polls
            for item in items:
                yield item
            items.clear()

class Reader(_Chain):
    _drop = _lib.weir_reader_drop
    def lines(self, line_bytes_max=LINE_BYTES_MAX):
        return Stream(_lib.weir_lines(self._take(), line_bytes_max), self._keep)
    def save(self, path):
        """Writes it to a file, which appears when it is complete; answers how many bytes."""
        writer = _lib.weir_file_writer(os.fsencode(path), None)
        return self._runtime.number(_lib.weir_copy(self._take(), writer))
    def __iter__(self):
        room, got, state = c.create_string_buffer(1 << 16), _N(), READY
        while (state := self._pull(_lib.weir_pull_bytes, room, len(room), got)) == READY:
            yield c.string_at(room, got.value)
        if state == ERROR:
            self._runtime.fail()

def range(first, end):
    if (_I64(first).value, _I64(end).value) != (first, end):
        raise OverflowError("a bound does not fit in 64 bits")
    return Stream(_lib.weir_range(first, end))
def interval(seconds): return Stream(_lib.weir_interval(int(seconds * 1e9), 0))
def memory(data):
    data = bytes(memoryview(data))
    return Reader(_lib.weir_memory_reader(data, len(data)), data)
def open(path): return Reader(_lib.weir_open(os.fsencode(path)))  # decompressed as needed

def __getattr__(name):  # weir.pipeline(TEXT): in a file of its own, as its library is
    if name not in ("pipeline", "Pipeline", "TextError"):
        raise AttributeError(f"module 'weir' has no attribute {name!r}")
    import weir_pipeline
    return getattr(weir_pipeline, name)
