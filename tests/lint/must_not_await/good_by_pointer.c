/* The lock is taken by a pointer to it, and given back by its own name. */
#include <pthread.h>

#include <weir.h>

struct table {
    pthread_mutex_t lock;
    uint64_t rows;
};

bool tell_rows(struct table *table, weir_writer *out, weir_error *error)
{
    pthread_mutex_t *lock = &table->lock;
    pthread_mutex_lock(lock);
    uint64_t rows = table->rows;
    pthread_mutex_unlock(&table->lock);
    return weir_await_write(out, &rows, sizeof rows, error) == WEIR_READY;
}
