/* job_log.h: a row for each command that ended, in GNU parallel's columns, and which commands such
 * rows say are done. */
#ifndef PIPELINE_JOB_LOG_H
#define PIPELINE_JOB_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/items.h"

/* Of commands that a log says are done: they are kept as 16 bytes each. */
enum { JOB_LOG_DONE_MAX = 1 << 20 };

struct job_log {
    int fd; /* -1: not open */
    struct job_hash {
        uint64_t word[2];
    } * done; /* sorted */
    size_t n, room;
};

struct job_row {
    uint64_t seq;
    double start, seconds;
    const struct result *result;
    const char *command; /* as weir_pl_command_text() writes it */
};

/* Opens it, to go on behind its rows where `resume`, else empty. 0, or a negative errno; -E2BIG:
 * more rows than JOB_LOG_DONE_MAX are done. */
int weir_pl_job_log_open(struct job_log *log, const char *path, bool resume);
bool weir_pl_job_log_has(const struct job_log *log, const char *command);
int weir_pl_job_log_write(const struct job_log *log, const struct job_row *row);
void weir_pl_job_log_close(struct job_log *log);

#endif
