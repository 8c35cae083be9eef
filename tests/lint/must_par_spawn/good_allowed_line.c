/* The turns write to one log, in the order of the queue, and a line above the loop says so. */
#include <stdio.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id;
    char command[200];
};

bool list_jobs(weir_stream *queue, weir_writer *log, weir_error *error)
{
    // weir-lint: allow(must_par_spawn) the log has the jobs in their order
    weir_for_try (struct job, job, queue, *error) {
        char line[256];
        int n = snprintf(line, sizeof line, "%llu %s\n", (unsigned long long)job.id, job.command);
        if (weir_await_write(log, line, (size_t)n, error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
