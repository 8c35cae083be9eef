/* jobs.h: files are looked at by processes of their own, several at once. */
#ifndef LINT_JOBS_H
#define LINT_JOBS_H

#include "carry.h"
#include "options.h"
#include "sources.h"

/* Processors that this process may use. */
unsigned jobs_processors(void);

/* `done` hears of each file, in the order of the files. */
void jobs_run(const struct sources *sources, const struct lint_options *options,
              void (*done)(struct outcome *outcome, void *arg), void *arg);

#endif
