/* weir/duplex.h: a reader and a writer that belong together: a connection, a child's ends, two ends
 * in memory. Each is a chain of its own: they go into different pipelines, are polled by different
 * tasks of one worker, and are dropped apart. */
#ifndef WEIR_DUPLEX_H
#define WEIR_DUPLEX_H

#include "weir/stream.h"
#include "weir/writer.h"

WEIR_BEGIN_C

typedef struct weir_duplex {
    weir_reader *reader;
    weir_writer *writer;
} weir_duplex;

/* Of streams of weir_duplex; dropping one drops both. */
WEIR_API extern const weir_type weir_type_duplex;

/* Drops both halves. */
WEIR_API void weir_duplex_drop(weir_duplex duplex WEIR_TAKES);

/* Gives it up: the other side of a connection sees a reset, and takes nothing that was cut for
 * whole. Drops both halves. */
WEIR_API void weir_duplex_abort(weir_duplex duplex WEIR_TAKES);

/* Puts two halves together again. false: they are halves of two objects, and stay the caller's. */
WEIR_API bool weir_reunite(weir_reader *reader, weir_writer *writer, weir_duplex *out);

WEIR_END_C

#endif
