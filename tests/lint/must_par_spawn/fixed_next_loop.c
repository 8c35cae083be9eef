/* Jobs come out of a queue, and each runs in a task of its own; what is sent away is a number about
 * it. */
#include <weir.h>

typedef struct WEIR_MUST_PAR_SPAWN("one long job must not hold up the others") job {
    int64_t id;
    char command[100];
} job;

WEIR_AWAITS
bool job_run(const job *todo, weir_error *error);

WEIR_PAR_FN(run, job, todo, weir_sender *, finished)
{
    weir_error error;
    bool well = job_run(&todo, &error);
    weir_ignore(weir_try_send(finished, &(int64_t){well ? 1 : 0}));
}

bool run_queue(weir_stream *queue, weir_sender *finished, weir_error *error)
{
    return weir_await(weir_par_for_each(queue, &run, finished, 64, NULL), NULL, error) !=
           WEIR_ERROR;
}
