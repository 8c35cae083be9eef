/* report.h: one cause, one place, one hint. */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include "pipeline/pipeline.h"

/* Tells on standard error what is wrong with a pipeline:
 *     weir: MESSAGE
 *       the line
 *       ~~~~ ^~~~ HINT
 * Without memory the command ends. */
struct host;
extern const struct host report_host;

/* Complains about something that is no pipeline: `weir: MESSAGE`, `  HINT`. */
void report_plain(const char *hint, const char *format, ...) WEIR_PRINTF(2, 3);

/* It arose at who was asked for what the chain reads. */
bool report_is_of_peer(const struct chain *chain, const weir_error *error);

/* Complains about a chain that failed while it ran: fact and place, the line with a caret under
 * the stage and `~` under those behind it that passed the error on, cure, and what did not happen
 * because of it. */
void report_failure(const struct pipeline *pipeline, const struct chain *chain,
                    const weir_error *error, const char *outcome);

#endif
