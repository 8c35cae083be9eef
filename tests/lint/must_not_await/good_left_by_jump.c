/* A locked block, and a guard in a loop, end by a goto and by a break; the wait is behind them. */
#include <weir.h>

struct WEIR_MUST_NOT_AWAIT("the table is blocked") guard {
    weir_lock *lock;
};

struct table {
    weir_lock lock;
    uint64_t rows;
};

struct guard table_enter(struct table *table);

bool tell_rows(struct table *table, weir_writer *out, weir_error *error)
{
    uint64_t rows;
    weir_locked (&table->lock) {
        rows = table->rows;
        if (!rows)
            goto none;
    }
    return weir_await_write(out, &rows, sizeof rows, error) == WEIR_READY;
none:
    return weir_await_write(out, "none", 4, error) == WEIR_READY;
}

bool tell_some(struct table *table, weir_writer *out, weir_error *error)
{
    while (true) {
        struct guard guard = table_enter(table);
        if (guard.lock && table->rows)
            break;
    }
    return weir_await_write(out, "some", 4, error) == WEIR_READY;
}
