/* The second one is asked when the first one is over. */

#include "weir.h"

weir_state next_of_two(weir_stream *first, weir_stream *second, int64_t *out, weir_error *error)
{
    if (weir_await_next(first, out, error) == WEIR_END)
        return weir_await_next(second, out, error);
    return error->code == WEIR_OK ? WEIR_READY : WEIR_ERROR;
}
