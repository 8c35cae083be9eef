/* Futures are made and tasks begun under the lock; nothing waits there for them. */
#include <weir.h>

struct pool {
    weir_lock lock;
    weir_stream *copies[8];
    size_t n;
};

void pool_start(struct pool *pool, const char *path)
{
    weir_stream *copy = weir_copy(weir_file_reader(path), weir_null_writer());
    weir_lock_take(&pool->lock);
    if (pool->n < 8) {
        pool->copies[pool->n++] = weir_spawn(copy);
        copy = NULL;
    }
    weir_lock_give(&pool->lock);
    if (copy)
        weir_drop(copy);
}

bool pool_wait(struct pool *pool, weir_error *error)
{
    for (;;) {
        weir_stream *copy = NULL;
        weir_locked (&pool->lock)
            copy = pool->n ? pool->copies[--pool->n] : NULL;
        if (!copy)
            return true;
        if (weir_await(copy, NULL, error) == WEIR_ERROR)
            return false;
    }
}
