/* Jobs come out of a queue by hand, in an endless loop, and each is waited for; what is sent away
 * is a number about it. */
#include <weir.h>

typedef struct WEIR_MUST_PAR_SPAWN("one long job must not hold up the others") job {
    int64_t id;
    char command[100];
} job;

WEIR_AWAITS
bool job_run(const job *todo, weir_error *error);

bool run_queue(weir_stream *queue, weir_sender *finished, weir_error *error)
{
    bool well = true;

    for (;;) { // lint: must_par_spawn 5-8
        job todo;
        if (weir_await_next(queue, &todo, error) != WEIR_READY)
            break;
        well = job_run(&todo, error) && well;
        weir_ignore(weir_try_send(finished, &(int64_t){well ? 1 : 0}));
    }
    weir_drop(queue);
    return well;
}
