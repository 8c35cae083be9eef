/* The task, and the channel, are given a copy of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir.h>

struct job {
    weir_owned_line name;
    int64_t number;
};

static void job_drop(void *state)
{
    struct job *job = state;
    weir_owned_line_drop(&job->name);
}

static bool run_job(struct job *job, uint64_t *bytes, weir_error *error)
{
    char path[300];
    snprintf(path, sizeof path, "/srv/%.*s", (int)job->name.size, job->name.data);
    weir_stream *copy = weir_copy(weir_file_reader(path), weir_null_writer());
    return weir_await(copy, bytes, error) == WEIR_READY;
}
WEIR_FIBER_FN(run_job_fn, run_job, struct job, uint64_t, .drop = job_drop)

void run_jobs(weir_reader *list)
{
    int64_t n = 0;
    weir_for_await (weir_owned_line, line, weir_own(weir_lines(list, 256)))
        weir_drop(weir_go(&run_job_fn, &(struct job){line, n++}, NULL));
}

void send_names(weir_reader *list, weir_sender *to)
{
    weir_for_await (weir_line, line, weir_lines(list, 256)) {
        char *name = strndup(line.data, line.size);
        if (!name || weir_try_send(to, &name) != WEIR_SENT) {
            free(name);
            break;
        }
    }
}
