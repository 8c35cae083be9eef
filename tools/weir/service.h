/* service.h: a future that runs until it is told to stop. */
#ifndef TOOL_SERVICE_H
#define TOOL_SERVICE_H

#include "pipeline/note.h"
#include "report.h"
#include "run.h"

#define SERVICE_DRAIN_NS UINT64_C(4000000000) /* before a signal's five seconds are over */

/* Runs it; `at` is marked where it fails. Says at the end whom the listener refused; NULL: none
 * listens. The exit code, or death by the signal that ended it. */
int service_run(weir_stream *future WEIR_TAKES, const struct node *listener,
                const struct words *words, struct span at);

/* For weir_serve(): tells what went wrong with one connection; arg: struct run_options. */
void service_tell(const weir_error *error, void *arg);

#endif
