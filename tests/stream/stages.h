/* One test file a stage, all in one program: `stages take` runs the tests of take. Which
 * there are is in src/stream/meson.build. The laws
 * that hold for every stage are in tests/contract; here stands what is the stage's own. */
#ifndef WEIR_TESTS_STAGES_H
#define WEIR_TESTS_STAGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

/* A row of a stage's table. The sources give tracked items. */
struct stage_case {
    const char *in[2];
    const char *out;   /* the trace at demand 1 */
    unsigned polls[2]; /* of the sources, at demand 1 */
    unsigned given[2]; /* items taken from them, at demand 1 */
    bool alone;        /* only demand 1: which side is ready when decides the order */
};

typedef weir_stream *stage_build(weir_stream *a WEIR_TAKES, weir_stream *b WEIR_TAKES);

/* At demand 1: the trace, what was polled, what was taken. At larger ones, and with an early END:
 * the same items, errors and end. Each item is dropped once and each source finished once. */
void check_rows(const struct stage_case *rows, size_t n, stage_build *build);
#define check_table(rows, build) check_rows(rows, sizeof(rows) / sizeof *(rows), build)

/* A source of tracked items from a script of its own; valid until 8 calls later. */
weir_stream *source(const char *text);

/* The hints: {lower, upper}. */
void check_hint(const weir_stream *stream, size_t lower, size_t upper);

#define OF_TRACKED .of = &tracked_type
#define FROM_TRACKED .from = &tracked_type
#define TO_TRACKED .to = &tracked_type

#endif
