/* The state of a session holds both of its buffers, and is copied into each task. */

#include "weir.h"

struct session {
    weir_reader *in;
    char request[16384];
    char answer[16384];
    size_t used;
};

static bool serve(struct session *self, bool *out, weir_error *error) // lint: large_task 13-18
{
    size_t n;
    if (weir_await_read(self->in, self->request, sizeof self->request, &n, error) != WEIR_READY)
        return false;
    self->used = n;
    self->answer[0] = self->request[0];
    return *out = true;
}
WEIR_FIBER_FN(serve_fn, serve, struct session, bool)

weir_stream *session_start(struct session *state)
{
    return weir_fiber(&serve_fn, state, NULL);
}
