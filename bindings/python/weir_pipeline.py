"""The command's pipelines, weir.pipeline("a.gz ! gunzip ! lines"), beside weir.py, which asks for this file
when a program does. The library is found beside libweir, or as WEIR_PIPELINE_LIBRARY says.
"""
import ctypes as c
import functools
import os

from weir import Reader, Stream, _Chain, _here
from weir_sys import N, P, declared

ALLOW = {"read": 1, "write": 2, "net": 4, "exec": 8, "brokers": 16}

class _Note(c.Structure):
    _fields_ = [(name, N) for name in ("at", "size", "other_at", "other_size")] + [
        ("message", c.c_char * 256), ("hint", c.c_char * 128)]
_TOLD = c.CFUNCTYPE(None, P, c.POINTER(_Note))
class _Options(c.Structure):
    _fields_ = [("size", c.c_uint32), ("allow", c.c_uint), ("input", P), ("output", P),
                ("on_note", _TOLD), ("arg", P)]

@functools.lru_cache(None)  # one library, looked for once
def _pipelines():
    beside = os.path.dirname(os.environ.get("WEIR_LIBRARY", ""))
    path = os.environ.get("WEIR_PIPELINE_LIBRARY", os.path.join(beside, "libweir-pipeline.so.0"))
    return declared(c.CDLL(path), """\
p parse snpp, v pipeline_drop p, p pipeline_future p, p pipeline_lines p, p pipeline_reader p
u pipeline_memory_bytes p, n pipeline_explain pppn""")


class TextError(ValueError):
    """The text is no pipeline: `at` says which bytes of it are wrong, `hint` what to try."""
    def __init__(self, note):
        self.at, self.hint = slice(note.at, note.at + note.size), note.hint.decode()
        super().__init__(note.message.decode() + (self.hint and "; " + self.hint))


class Pipeline(_Chain):
    """Of one that names no sink the lines() or the bytes(); of another run(), which answers how many
    bytes were written."""
    _drop = staticmethod(lambda chain: _pipelines().weir_pipeline_drop(chain))
    def lines(self): return Stream(_pipelines().weir_pipeline_lines(self._take()), self._keep)
    def bytes(self): return Reader(_pipelines().weir_pipeline_reader(self._take()), self._keep)
    def run(self): return self._runtime.number(_pipelines().weir_pipeline_future(self._take()))
    @property
    def memory_bytes(self): return _pipelines().weir_pipeline_memory_bytes(self._live)
    def explain(self):
        """The table of `weir explain`."""
        of = _pipelines().weir_pipeline_explain, self._live, self._runtime.rt
        table = c.create_string_buffer(of[0](*of[1:], None, 0) + 1)
        of[0](*of[1:], table, len(table))
        return table.value.decode()


def _allowed(words):
    words = {words} if isinstance(words, str) else set(words)
    if words - set(ALLOW):
        raise ValueError(f"allow: {words - set(ALLOW)} is none of {', '.join(ALLOW)}")
    return sum(ALLOW[word] for word in words)


def _teller(runtime, told):
    """What told raises comes out of the loop, or of run()."""
    def on_note(_, said):
        try:
            told(said.contents.message.decode())
        except BaseException as exception:  # nothing may pass through C
            runtime.thrown = runtime.thrown or exception
    return _TOLD(on_note) if told else _TOLD()


def pipeline(text, allow=(), input=None, told=None):
    """A pipeline as the command has it: "- ! from csv ! where age gt 30 ! to ndjson". `input`, a
    Reader, is its '-'. allow: which of read, write, net, exec and brokers the text may.
    told(message) hears what its stages say while it runs; what it raises comes out of the loop, or of
    run()."""
    (runtime := _here.runtime).look()
    text, parse, allow = text.encode(), _pipelines().weir_parse, _allowed(allow)
    note, keep = _Note(), input._keep if input else None
    on_note = _teller(runtime, told)
    # all that may raise is behind: input is taken
    options = _Options(c.sizeof(_Options), allow, input._take() if input else None, None, on_note, None)
    made = parse(text, len(text), c.byref(options), c.byref(note))
    if not made:
        raise TextError(note)
    return Pipeline(made, (keep, on_note))
