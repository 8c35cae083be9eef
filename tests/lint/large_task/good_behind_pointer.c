/* What is large is behind a pointer, and there once. */

#include "weir.h"

struct table {
    uint64_t counts[1 << 16];
    struct table *next;
};

struct counting {
    struct table *table;
    weir_reader *in;
};

static bool count_pairs(struct counting *self, bool *out, weir_error *error)
{
    struct table *const tables[2] = {self->table, self->table->next};
    while (weir_await_fill(self->in, 2, error) == WEIR_READY) {
        size_t n;
        const unsigned char *bytes = weir_peek(self->in, &n);
        tables[bytes[0] & 1]->counts[bytes[0] << 8 | bytes[1]]++;
        weir_consume(self->in, 2);
    }
    return *out = error->code == WEIR_OK;
}
WEIR_FIBER_FN(count_pairs_fn, count_pairs, struct counting, bool)

weir_stream *pairs(struct counting *state)
{
    return weir_fiber(&count_pairs_fn, state, NULL);
}
