/* futures_unordered: a set of futures that is pushed to while it runs; results as they come. */

#include "stream/set.h"

static const weir_stream_ops futures_unordered_ops = {.size = sizeof futures_unordered_ops,
                                                      .name = "futures_unordered",
                                                      .poll_next = weir_set_poll_next,
                                                      .fini = weir_set_fini,
                                                      .size_hint = weir_set_size_hint,
                                                      .input = weir_set_input,
                                                      .memory_max = weir_set_memory_max};

weir_stream *weir_futures_unordered(const weir_type *type, size_t limit, weir_set **set)
{
    weir_stream *stream = weir_set_new(sizeof(struct weir_set), &futures_unordered_ops, type, limit,
                                       WEIR_SET_FUTURES);
    *set = (weir_set *)stream;
    return stream;
}
