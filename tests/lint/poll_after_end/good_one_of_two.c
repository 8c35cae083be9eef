/* One variable has the answer of whichever stream was asked; at its end the other one is. */
#include <weir.h>

weir_state next_of(weir_stream *a, weir_stream *b, bool odd, int64_t *out, weir_error *error)
{
    weir_state got;
    if (odd)
        got = weir_await_next(a, out, error);
    else
        got = weir_await_next(b, out, error);
    if (got == WEIR_END)
        got = odd ? weir_await_next(b, out, error) : weir_await_next(a, out, error);
    return got;
}
