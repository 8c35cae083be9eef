"""The command's pipelines, weir.pipeline("a.gz ! gunzip ! lines"), beside weir.py, which asks for this file
when a program does. The library is found beside libweir, or as WEIR_PIPELINE_LIBRARY says.
"""
import ctypes as c
import functools
import os

from weir import Reader, Stream, _Chain, _N, _P, _S, _U64

ALLOW = {"read": 1, "write": 2, "net": 4, "exec": 8, "brokers": 16}

class _Note(c.Structure):
    _fields_ = [(name, _N) for name in ("at", "size", "other_at", "other_size")] + [
        ("message", c.c_char * 256), ("hint", c.c_char * 128)]
_TOLD = c.CFUNCTYPE(None, _P, c.POINTER(_Note))
class _Options(c.Structure):
    _fields_ = [("size", c.c_uint32), ("allow", c.c_uint), ("input", _P), ("output", _P),
                ("on_note", _TOLD), ("arg", _P)]

@functools.lru_cache(None)  # one library, looked for once
def _pipelines():
    beside = os.path.dirname(os.environ.get("WEIR_LIBRARY", ""))
    path = os.environ.get("WEIR_PIPELINE_LIBRARY", os.path.join(beside, "libweir-pipeline.so.0"))
    lib = c.CDLL(path)
    for name, gives, *takes in (("parse", _P, _S, _N, _P, _P), ("pipeline_drop", None, _P),
                                ("pipeline_future", _P, _P), ("pipeline_lines", _P, _P),
                                ("pipeline_reader", _P, _P), ("pipeline_memory_bytes", _U64, _P),
                                ("pipeline_explain", _N, _P, _P, _P, _N)):
        function = getattr(lib, "weir_" + name)
        function.restype, function.argtypes = gives, takes
    return lib


class TextError(ValueError):
    """The text is no pipeline: `at` says which bytes of it are wrong, `hint` what to try."""
    def __init__(self, note):
        self.at, self.hint = slice(note.at, note.at + note.size), note.hint.decode()
        super().__init__(note.message.decode() + (self.hint and "; " + self.hint))


class Pipeline(_Chain):
    """Of one that names no sink the lines() or the bytes(); of another run(), which answers how many
    bytes were written."""
    def _drop(self, chain): _pipelines().weir_pipeline_drop(chain)
    def lines(self): return Stream(_pipelines().weir_pipeline_lines(self._take()), self._keep)
    def bytes(self): return Reader(_pipelines().weir_pipeline_reader(self._take()), self._keep)
    def run(self):
        n = _U64()
        self._runtime.run(_pipelines().weir_pipeline_future(self._take()), c.byref(n))
        return n.value
    @property
    def memory_bytes(self): return _pipelines().weir_pipeline_memory_bytes(self._live)
    def explain(self):
        """The table of `weir explain`."""
        of = _pipelines().weir_pipeline_explain, self._live, self._runtime.rt
        table = c.create_string_buffer(of[0](*of[1:], None, 0) + 1)
        of[0](*of[1:], table, len(table))
        return table.value.decode()


def pipeline(text, allow=(), input=None, told=None):
    """A pipeline as the command has it: "- ! from csv ! where age gt 30 ! to ndjson". `input`, a
    Reader, is its '-'. allow: which of read, write, net, exec and brokers the text may.
    told(message) hears what its stages say while it runs."""
    text, parse = text.encode(), _pipelines().weir_parse  # these may raise: before input is taken
    note, keep = _Note(), input._keep if input else None
    on_note = _TOLD(lambda _, said: told(said.contents.message.decode()) if told else None)
    options = _Options(c.sizeof(_Options), sum(ALLOW[word] for word in set(allow)),
                       input._take() if input else None, None, on_note, None)
    made = parse(text, len(text), c.byref(options), c.byref(note))
    if not made:
        raise TextError(note)
    return Pipeline(made, (keep, on_note))
