/* Jobs of a queue that the caller gives: the type says that they are independent. */
#include <stdio.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id;
    char command[200];
};

void run_jobs(weir_stream *queue, weir_writer *log)
{
    weir_for_await (struct job, job, queue) { // lint: must_par_spawn 5-19
        char line[256];
        weir_error error;
        int n = snprintf(line, sizeof line, "%llu %s\n", (unsigned long long)job.id, job.command);
        if (weir_await_write(log, line, (size_t)n, &error) != WEIR_READY)
            fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    }
}
