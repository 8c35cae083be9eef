/* Functions of the program's own that answer with a stream which is not the caller's. */

#include "weir.h"

struct pool {
    weir_stream *tasks[16];
    size_t n;
};

/* Keeps the task, and answers with it, as strcpy does with its text. */
static weir_stream *pool_keep(struct pool *self, weir_stream *task)
{
    if (self->n < sizeof self->tasks / sizeof *self->tasks)
        return self->tasks[self->n++] = task;
    weir_drop(task);
    return NULL;
}

/* The task that came last; it stays the pool's. */
static weir_stream *pool_last(const struct pool *self)
{
    return self->n ? self->tasks[self->n - 1] : NULL;
}

bool start(struct pool *pool, const char *const *paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pool_keep(pool, weir_spawn(weir_count(weir_lines(weir_file_reader(paths[i]), 4096))));
    return pool_last(pool) != NULL;
}
