/* A function for a job, and sixty-four of them at once over the queue that the caller gives. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id;
    char command[200];
};

WEIR_TRY_PAR_FN(run_job, struct job, job, const char *, directory, error)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%llu", directory, (unsigned long long)job.id);
    weir_writer *log = weir_file_writer(path, NULL);
    weir_reader *command = weir_memory_reader(job.command, strlen(job.command));
    return weir_await(weir_copy(command, log), NULL, error) != WEIR_ERROR;
}

bool run_jobs(weir_stream *queue, char *directory, weir_error *error)
{
    weir_stream *done = weir_par_for_each(queue, &run_job, directory, 64, NULL);
    return weir_await(done, NULL, error) != WEIR_ERROR;
}
