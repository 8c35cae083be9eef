/* report.h: one cause, one place, one hint. */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include "pipeline.h"

/* The words [first, end) of the line shown; end == first: nothing. */
struct span {
    size_t first, end;
};

/* Complains about a command line:
 *     weir: MESSAGE
 *       the line
 *       ~~~~ ^~~~ HINT
 * `other` is underlined too when it holds words. hint may be NULL or "". */
void report_usage(const struct words *words, struct span at, struct span other, const char *hint,
                  const char *format, ...) WEIR_PRINTF(5, 6);

/* Complains about something that is no pipeline: `weir: MESSAGE`, `  HINT`. */
void report_plain(const char *hint, const char *format, ...) WEIR_PRINTF(2, 3);

/* Where it was: "gunzip: byte 8123 of a.gz: "; node NULL: without the stage. */
void report_place(const struct node *node, const weir_error *error, char *out, size_t size);

/* What an errno says, in lower case. */
const char *report_reason(int number);

/* It arose at who was asked for what the chain reads. */
bool report_is_of_peer(const struct chain *chain, const weir_error *error);

/* Complains about a chain that failed while it ran: fact and place, the line with a caret under
 * the stage and `~` under those behind it that passed the error on, cure, and what did not happen
 * because of it. */
void report_failure(const struct pipeline *pipeline, const struct chain *chain,
                    const weir_error *error, const char *outcome);

#endif
