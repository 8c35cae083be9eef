/* The lock is given back by a helper that is given the table, here and in another file. */
#include <pthread.h>

#include <weir.h>

struct table {
    pthread_mutex_t lock;
    uint64_t rows;
};

void table_leave(struct table *table);

static void table_unlock(struct table *table)
{
    pthread_mutex_unlock(&table->lock);
}

bool tell_rows(struct table *table, weir_writer *out, weir_error *error)
{
    pthread_mutex_lock(&table->lock);
    uint64_t rows = table->rows;
    table_unlock(table);
    return weir_await_write(out, &rows, sizeof rows, error) == WEIR_READY;
}

bool add_row(struct table *table, weir_writer *out, weir_error *error)
{
    pthread_mutex_lock(&table->lock);
    uint64_t rows = ++table->rows;
    table_leave(table);
    return weir_await_write(out, &rows, sizeof rows, error) == WEIR_READY;
}
