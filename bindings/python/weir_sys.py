"""What the bindings call, declared: of each function what it gives, its name and what it takes, a letter
each. Of structs only pointers are given.
"""
import ctypes as c
import os

READY, END, ERROR, E_USER, UNKNOWN = 0, 2, 3, 10, (1 << 64) - 1

P, N, U64, I64, S = c.c_void_p, c.c_size_t, c.c_uint64, c.c_int64, c.c_char_p
GONE, CALL = c.CFUNCTYPE(None, P), c.CFUNCTYPE(c.c_int, P, P, P, P)
LETTERS = {"p": P, "n": N, "u": U64, "i": I64, "s": S, "o": c.POINTER(N), "d": c.c_int,
           "b": c.c_bool, "c": CALL, "g": GONE, "v": None}


def declared(library, functions):
    for function in functions.replace("\n", ",").split(","):
        gives, name, takes = function.split()
        found = getattr(library, "weir_" + name)
        found.restype, found.argtypes = LETTERS[gives], [LETTERS[a] for a in takes.strip("-")]
    return library


lib = declared(c.CDLL(os.environ.get("WEIR_LIBRARY", "libweir.so.0")), """\
p rt_new pp, p rt_worker p, v rt_drop p, d rt_run pppp
b worker_turn pu, d worker_fd p, u worker_timeout_ns p, p worker_spawn pp, p abort_on_drop p
v stream_drop p, v reader_drop p, d pull pppnop, d pull_lines pppnpop, d pull_bytes pppnop
p stream_type p, s type_name p, p type_named s, p type_make snnpp
p map_call ppcpg, p filter_call pcpg, p each_call pcpg
p range ii, p interval ud, p take pu, p skip pu, p own p, p count p, p next p
p ready_chunks pn, p flatten_vecs pp, p vec_items po
p open s, p memory_reader sn, p lines pn, p file_writer sp, p copy pp
p error_new -, v error_drop p, v error_say pdis, s error_text_in psn
s error_message p, s error_place p, s error_cure p, d error_code p, i error_number p
u error_byte p, u error_record p, b error_is_fatal p""")
