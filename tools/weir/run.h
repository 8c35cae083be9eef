/* run.h: a checked pipeline, run. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include "pipeline/pipeline.h"
#include "progress.h"

struct run_options {
    bool quiet;
    bool verbose;
    bool explain; /* the table goes to stderr first */
    enum progress_mode progress;
};

/* NULL: it complained, and *status is the exit code; 2 where there is no such driver. */
weir_rt *run_runtime(const weir_rt_options *options, int *status);

/* Runs the chains one after the other, up to the first that fails; gives the exit code, or dies
 * by the signal that ended it. */
int run_pipeline(struct pipeline *pipeline, const struct run_options *options);

#endif
