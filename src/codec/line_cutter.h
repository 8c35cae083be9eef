/* What lines and lines_matching share: cuts a reader's bytes into runs of whole lines that keep
 * the limit, and reports the lines that do not. */
#ifndef WEIR_CODEC_LINE_CUTTER_H
#define WEIR_CODEC_LINE_CUTTER_H

#include "codec/newline.h"
#include "weir/reader.h"

typedef struct weir_line_cutter {
    weir_reader *source;
    const weir_newline_ops *newline;
    size_t line_bytes_max;
    size_t run;      /* bytes in hand that are known to be whole lines within the limit */
    size_t used;     /* bytes of the run that were lent: consumed at the next poll */
    size_t searched; /* bytes in hand, behind the run, that hold no newline */
    uint64_t lines;  /* lines that were given or refused */
    bool counts;     /* ... as far as the stage counts what it gives: errors tell the record */
    bool discarding; /* inside a line that was refused */
    bool refused;    /* the last poll refused it */
} weir_line_cutter;

enum { WEIR_LINE_RUN_BYTES = 128 << 10 }; /* stays in the cache between search and use */

/* READY: [*bytes, *bytes + *n) are whole lines with their newlines, n >= 1; only the very last
 * line of the input may be without. ERROR: LIMIT for a line that is too long, at its place, not
 * fatal. Must not be called again in a poll in which something was lent. */
weir_poll weir_line_cutter_poll(weir_line_cutter *self, weir_cx *cx, const unsigned char **bytes,
                                size_t *n);

/* Behind a poll that refused a line: as much of it as is in hand, and within the limit. */
bool weir_line_cutter_rejected(const weir_line_cutter *self, weir_line *out);

/* What was lent counts as used: a source that is set back is not set back behind it. */
static inline void weir_line_cutter_fini(weir_line_cutter *self)
{
    weir_consume(self->source, self->used);
}

/* The line bytes[begin, end) without the '\r' that stands before a newline. */
static inline size_t weir_line_end(const unsigned char *bytes, size_t begin, size_t end)
{
    return end > begin && bytes[end - 1] == '\r' ? end - 1 : end;
}

/* Begins the cutter of `stream`, which was made over `source`. False: the limit can not be kept,
 * and the stream is refused by its own name. */
bool weir_line_cutter_init(weir_line_cutter *self, weir_stream *stream, weir_reader *source,
                           size_t line_bytes_max);

#endif
