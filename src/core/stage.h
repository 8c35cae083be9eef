/* What core shares with the other layers' constructors, and with nobody else: how a stage begins,
 * and how one that could not be built keeps its reason. */
#ifndef WEIR_CORE_STAGE_H
#define WEIR_CORE_STAGE_H

#include "weir/implement.h"

enum { WEIR_FAULT_ARGS = 5 };

/* Why a chain could not be built. Lives in its arena; the text is made at the first poll. */
typedef struct weir_fault {
    weir_code code;
    const char *cure;
    const char *format; /* %s takes the next of args, %zu the number */
    const char *args[WEIR_FAULT_ARGS];
    size_t number;
} weir_fault;

weir_fault *weir_arena_fault(weir_arena *arena);

/* Fills the common part of a fresh, zeroed stage. */
void weir_stage_init(weir_stage *stage, weir_kind kind, const char *name, weir_arena *arena,
                     weir_stage *source, void (*fini)(weir_stage *stage));

/* Runs fini from this stage to its source and leaves an empty stage that owns only its arena and
 * the reason. The first reason stays. The caller makes it a failed stream, reader or writer.
 * The shared stage that stands for "no memory at all" is left as it is. */
void weir_stage_refuse(weir_stage *stage, const weir_fault *fault);

/* What a failed stage answers to its poll: the reason, as a fatal error. */
weir_poll weir_stage_report(const weir_stage *stage, weir_cx *cx);

/* What stands wherever an arena could not be had: never released, and polled without being
 * written to. Readers and writers have their own. */
extern weir_stream weir_no_memory_stream;

/* True when items of both may travel on as one type: they fit, and both lend, or drop alike. */
bool weir_type_alike(const weir_type *a, const weir_type *b);

/* A further input, whose items travel on as those of the first, of `type`. */
weir_stream *weir_expect_alike(weir_stream *source, const char *stage, const char *which,
                               const weir_type *type);

/* Shared by the wrappers of streams, readers and writers: counts and latches whatever is not
 * READY with something in it, and adds the name to an error's trail. */
weir_poll weir_stage_settle(weir_stage *stage, weir_cx *cx, weir_poll got);

/* The sentence misuse dies with: `weir: misuse: map answered PENDING and stored no waker`. */
_Noreturn void weir_misuse(const char *stage, const char *sentence);

#endif
