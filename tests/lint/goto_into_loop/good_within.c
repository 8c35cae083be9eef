/* Forwards and backwards within one turn of the same loop. */
#include <weir.h>

struct line_writer {
    weir_writer *out;
    uint64_t retries, skipped;
};

bool write_numbers(struct line_writer *self, weir_stream *numbers, weir_error *error)
{
    weir_for_try (int64_t, n, numbers, *error) {
        int tries = 0;
    again:
        if (n < 0)
            goto skip;
        if (weir_await(weir_write_i64_be(self->out, n), NULL, error) == WEIR_ERROR) {
            if (++tries == 3 || error->fatal)
                return false;
            self->retries++;
            goto again;
        }
        continue;
    skip:
        self->skipped++;
    }
    return error->code == WEIR_OK;
}
