/* A future is given the line and awaited in the same turn, which does not end before it. */
#include <weir.h>

struct echo {
    weir_writer *out;
    uint64_t bytes;
};

bool echo_lines(struct echo *echo, weir_reader *in, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        weir_stream *written = weir_write_all(echo->out, line.data, line.size, NULL);
        if (weir_await(written, NULL, error) == WEIR_ERROR)
            return false;
        if (weir_await(weir_printf(echo->out, "%.*s\n", (int)line.size, line.data), NULL, error) ==
            WEIR_ERROR)
            return false;
        echo->bytes += line.size;
    }
    return error->code == WEIR_OK;
}
