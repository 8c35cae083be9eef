/* futures_ordered: a set of futures that is pushed to while it runs; results in the order in which
 * the futures were pushed. */

#include "stream/set.h"

static const weir_stream_ops futures_ordered_ops = {.size = sizeof futures_ordered_ops,
                                                    .name = "futures_ordered",
                                                    .poll_next = weir_set_poll_next,
                                                    .fini = weir_set_fini,
                                                    .size_hint = weir_set_size_hint,
                                                    .input = weir_set_input,
                                                    .memory_max = weir_set_memory_max};

weir_stream *weir_futures_ordered(const weir_type *type, size_t limit, weir_set **set)
{
    weir_stream *stream = weir_set_new(sizeof(struct weir_set), &futures_ordered_ops, type, limit,
                                       WEIR_SET_FUTURES_IN_ORDER);
    *set = (weir_set *)stream;
    return stream;
}
