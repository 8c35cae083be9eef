/* These wait: a loop over what is awaited is how one reads. */

#include "weir.h"

bool count(weir_stream *lines, uint64_t *n, weir_error *error)
{
    weir_line line;
    for (;;) {
        weir_state got = weir_await_next(lines, &line, error);
        if (got == WEIR_ERROR && !error->fatal)
            continue;
        if (got != WEIR_READY)
            return got == WEIR_END;
        ++*n;
    }
}

bool read_all(weir_reader *in, char *out, size_t size, weir_error *error)
{
    size_t n;
    while (size && weir_await_read(in, out, size, &n, error) == WEIR_READY) {
        out += n;
        size -= n;
    }
    return error->code == WEIR_OK;
}
