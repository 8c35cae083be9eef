/* exec_job.h: one command for one item: it is started, what it writes is kept, and it is over when
 * its process is. */
#ifndef PIPELINE_EXEC_JOB_H
#define PIPELINE_EXEC_JOB_H

#include "pipeline/command.h"
#include "pipeline/items.h"
#include "pipeline/job_log.h"
#include "pipeline/lanes.h"

/* What its jobs share. */
struct exec {
    const struct command *command;
    bool stops; /* at the first that could not be started */
    bool batches;
    bool logs;
    struct job_log log;
    const char *log_path;
    size_t output_max;
    struct lanes *lanes; /* NULL: each item goes as it comes */
    uint64_t seq;        /* of the item that came last */
};

/* State machines of a weir_line, and of a weir_vec of lines; the argument is the struct exec. They
 * give a result, or nothing where the log says that it is done. */
const weir_async_fn *weir_pl_exec_job_fn(unsigned type);

/* The most that one of them holds. */
size_t weir_pl_exec_job_bytes(const struct exec *exec);

/* Answers ERROR: "cannot VERB LOG: ...". */
weir_poll weir_pl_exec_fail_log(const struct exec *exec, weir_cx *cx, int error, const char *verb);

/* The command of a result's item, cut to the size. */
void weir_pl_exec_job_text(const struct exec *exec, const struct result *result, uint64_t seq,
                           char *out, size_t size);

#endif
