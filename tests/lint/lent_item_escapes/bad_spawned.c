/* Each line names a file, and a task that copies it is given the line: the next one is there first.
 */
#include <stdio.h>

#include <weir.h>

struct job {
    weir_line name;
    int64_t number;
};

static bool run_job(struct job *job, uint64_t *bytes, weir_error *error)
{
    char path[300];
    snprintf(path, sizeof path, "/srv/%.*s", (int)job->name.size, job->name.data);
    weir_stream *copy = weir_copy(weir_file_reader(path), weir_null_writer());
    return weir_await(copy, bytes, error) == WEIR_READY;
}
WEIR_FIBER_FN(run_job_fn, run_job, struct job, uint64_t)

void run_jobs(weir_reader *list)
{
    int64_t n = 0;
    weir_for_await (weir_line, line, weir_lines(list, 256))
        // lint-next: lent_item_escapes 54-58
        weir_drop(weir_go(&run_job_fn, &(struct job){line, n++}, NULL));
}

void send_names(weir_reader *list, weir_sender *to)
{
    weir_for_await (weir_line, line, weir_lines(list, 256))
        if (weir_try_send(to, &line.data) == WEIR_SENT_CLOSED) // lint: lent_item_escapes 32-36
            break;
}
