/* letters.h: what was rejected, as messages of a broker: a row that a sink of it reads, beside the
 * chain that it was rejected in. */
#ifndef PIPELINE_LETTERS_H
#define PIPELINE_LETTERS_H

#include <weir/implement.h>

#include "pipeline/pipeline.h"

struct letters;

enum { LETTERS_MAX = 64, LETTERS_BYTES_MAX = 1 << 20 };                /* that wait to be sent */
enum { LETTER_HEADERS_MAX = 64, LETTER_HEADERS_BYTES_MAX = 16 << 10 }; /* as brokers have them */

/* `to`: the sink, which stays until they are dropped. The future of all of them, which goes with
 * whoever polls it; *out stands in its source. */
weir_stream *weir_pl_letters_build(struct node *to, struct letters **out);

/* There is room for one more, whatever its size. */
bool weir_pl_letters_have_room(const struct letters *letters);
/* Copies it: the error is its first header, and of `message`, which it was (NULL: none), those
 * behind it, so many. false: no memory. */
bool weir_pl_letters_put(struct letters *letters, weir_line value, const weir_message *message,
                         const weir_error *error);

/* READY: the broker has stored all that were put. The future is polled by the caller. */
weir_poll weir_pl_letters_settle(struct letters *letters, weir_cx *cx);

/* No more come: the future ends when they are stored. */
void weir_pl_letters_end(struct letters *letters);

#endif
