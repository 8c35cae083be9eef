/* Each job becomes a task; the loop itself only waits for room in the scope. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    char path[200];
};

static weir_stream *run(const struct job *job)
{
    return weir_copy(weir_file_reader(job->path), weir_null_writer());
}

void run_jobs(weir_stream *queue)
{
    weir_scope (jobs) {
        weir_for_await (struct job, job, queue) {
            weir_scope_spawn(&jobs, run(&job));
            if (!weir_pause())
                break;
        }
    }
}

bool hand_out(weir_stream *queue, weir_rt *rt, weir_error *error)
{
    weir_for_try (struct job, job, queue, *error)
        if (!weir_rt_spawn(rt, run(&job)))
            return false;
    return error->code == WEIR_OK;
}
