/* Each job goes on in another task, through a helper, a session on the heap, or a scope; the loop
 * itself waits for room only. */
#include <stdlib.h>
#include <string.h>
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("one long job must not hold up the others") job {
    int64_t id;
    char command[100];
};

struct session {
    struct job job;
    int64_t tries;
};

static bool session_run(struct session *self, int64_t *tries, weir_error *error)
{
    for (*tries = 0; *tries < self->tries; ++*tries)
        if (weir_await(weir_sleep(1000000), NULL, error) != WEIR_READY)
            return false;
    return true;
}
WEIR_FIBER_FN(session_fn, session_run, struct session, int64_t)

static void session_begin(const struct session *session)
{
    weir_drop(weir_go(&session_fn, session, NULL));
}

void begin_all(weir_stream *queue)
{
    weir_for_await (struct job, job, queue) {
        struct session *session = calloc(1, sizeof *session);
        if (!session)
            break;
        memcpy(&session->job, &job, sizeof job);
        session->tries = 3;
        session_begin(session);
        free(session);
        if (!weir_pause())
            break;
    }
}

void begin_next(weir_stream *queue, weir_scope *scope, weir_error *error)
{
    struct job job;
    while (weir_await_next(queue, &job, error) == WEIR_READY) {
        struct session session = {.job = job, .tries = 1};
        weir_scope_spawn(scope, weir_fiber(&session_fn, &session, NULL));
    }
    weir_drop(queue);
}

bool first_job(weir_stream *queue, struct job *job, weir_error *error)
{
    bool found = false;
    while (!found && weir_await_next(queue, job, error) == WEIR_READY) {
        found = true;
        break;
    }
    weir_drop(queue);
    return found;
}
