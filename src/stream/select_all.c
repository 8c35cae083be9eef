/* select_all: a set of streams that is pushed to while it runs; their items as they come. */

#include "stream/set.h"

static const weir_stream_ops select_all_ops = {.size = sizeof select_all_ops,
                                               .name = "select_all",
                                               .poll_next = weir_set_poll_next,
                                               .fini = weir_set_fini,
                                               .size_hint = weir_set_size_hint,
                                               .input = weir_set_input,
                                               .memory_max = weir_set_memory_max};

weir_stream *weir_select_all(const weir_type *type, size_t limit, weir_set **set)
{
    weir_stream *stream =
        weir_set_new(sizeof(struct weir_set), &select_all_ops, type, limit, WEIR_SET_STREAMS);
    *set = (weir_set *)stream;
    return stream;
}
