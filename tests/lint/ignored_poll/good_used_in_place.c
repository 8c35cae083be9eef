/* In a condition, a return, an argument, behind a comma, and as one of two values. */
#include <weir.h>

static bool is_over(weir_state got)
{
    return got == WEIR_END || got == WEIR_ERROR;
}

weir_state read_either(weir_reader *first, weir_reader *second, bool prefer, weir_error *error)
{
    unsigned char byte;
    size_t n, reads = 0;
    weir_state got;
    while (weir_await_fill(first, 1, error) == WEIR_READY && reads < 10)
        weir_consume(first, 1), reads++;
    if (is_over(weir_await_read(first, &byte, 1, &n, error)))
        return weir_await_read(second, &byte, 1, &n, error);
    got = prefer ? weir_await_read(first, &byte, 1, &n, error)
                 : weir_await_read(second, &byte, 1, &n, error);
    if (got != WEIR_READY)
        return reads++, weir_await_fill(second, 1, error);
    switch (weir_await_fill(first, 2, error)) {
    case WEIR_READY:
        return WEIR_READY;
    default:
        return WEIR_ERROR;
    }
}
