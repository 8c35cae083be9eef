/* items.h: what flows between stages besides bytes and lines: batches of lines, and what commands
 * came to; and how they become lines and bytes. */
#ifndef PIPELINE_ITEMS_H
#define PIPELINE_ITEMS_H

#include "pipeline/catalogue.h"

/* What one command came to, or one request. */
struct result {
    weir_owned_line input;  /* of a batch: its lines, a newline between two */
    weir_owned_line output; /* what it wrote, whole */
    int code;               /* its exit status; -1: it was ended by a signal. 1: a request failed,
                               and the output says why */
    unsigned status;        /* of HTTP; 0: of a command */
    int signo;              /* which */
    uint64_t ns;            /* how long it ran */
};
extern const weir_type weir_pl_result_type;

static inline bool weir_pl_result_is_good(const struct result *result)
{
    return !result->code && !result->signo;
}

/* "exit status 3", "SIGKILL". */
const char *weir_pl_result_text(const struct result *result, char out[32]);

void weir_pl_result_drop(struct result *result);

/* Lines, lent: those of each batch, or of what each command wrote. */
weir_stream *weir_pl_items_to_lines(weir_stream *stream WEIR_TAKES, unsigned type);

/* As bytes: each line with a newline, what a command wrote as it is. */
weir_reader *weir_pl_items_to_bytes(weir_stream *stream WEIR_TAKES, unsigned type);

/* For people: how each command ended, in what time, and what it wrote behind that. */
weir_reader *weir_pl_items_to_print(weir_stream *stream WEIR_TAKES, unsigned type);

#endif
