/* Jobs of a queue that the caller gives: the type says that they are independent. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id;
    char command[200];
};

bool run_jobs(weir_stream *queue, const char *directory, weir_error *error)
{
    weir_for_await (struct job, job, queue) { // lint: must_par_spawn 5-19
        char path[256];
        snprintf(path, sizeof path, "%s/%llu", directory, (unsigned long long)job.id);
        weir_writer *log = weir_file_writer(path, NULL);
        weir_reader *command = weir_memory_reader(job.command, strlen(job.command));
        if (weir_await(weir_copy(command, log), NULL, error) == WEIR_ERROR)
            return false;
    }
    return true;
}
