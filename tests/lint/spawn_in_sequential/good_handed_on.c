/* The handle goes to somebody else: the caller, a struct, an array, a timeout. */

#include "weir.h"

struct job {
    weir_stream *handle;
};

weir_stream *start(weir_stream *work)
{
    weir_stream *task = weir_spawn(work);
    return task;
}

void job_start(struct job *self, weir_stream *work)
{
    self->handle = weir_spawn(work);
}

bool job_join(struct job *self, weir_error *error)
{
    weir_stream *handle = self->handle;
    self->handle = NULL;
    return weir_await(handle, NULL, error) == WEIR_READY;
}

void start_all(weir_stream **tasks, weir_stream *const *work, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tasks[i] = weir_spawn(work[i]);
}
