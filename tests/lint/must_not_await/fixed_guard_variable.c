/* The guard lives for one row, in a block of its own, and the row is given behind it. */
#include <weir.h>

struct table {
    int64_t rows[100];
    size_t n;
    int users;
};

typedef struct WEIR_MUST_NOT_AWAIT("rows move when others add some") table_guard {
    struct table *table;
} table_guard;

static table_guard table_use(struct table *table)
{
    table->users++;
    return (table_guard){table};
}

static void table_unuse(table_guard *guard)
{
    guard->table->users--;
}

static bool rows(struct table **table, weir_error *error)
{
    (void)error;
    for (size_t i = 0;; i++) {
        int64_t row;
        {
            table_guard guard __attribute__((cleanup(table_unuse))) = table_use(*table);
            if (i >= guard.table->n)
                return true;
            row = guard.table->rows[i];
        }
        if (!weir_yield(int64_t, row))
            return true;
    }
}
WEIR_GENERATOR_FN(rows_fn, rows, struct table *, int64_t)

weir_stream *table_rows(struct table *table)
{
    return weir_generator(&rows_fn, &table, NULL);
}
