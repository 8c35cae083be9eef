/* broadcast: each item to n outputs. */

#include "stream/spread.h"

static const weir_stream_ops broadcast_ops = WEIR_BRANCH_OPS("broadcast", WEIR_MARKS_HOLD);
static const weir_stream_ops broadcast_losing_ops = WEIR_BRANCH_OPS("broadcast", WEIR_MARKS_LOSE);

void weir_broadcast(weir_stream *source, weir_stream **outputs, size_t n, size_t capacity,
                    weir_slow slow)
{
    const weir_stream_ops *ops = slow == WEIR_SLOW_WAIT ? &broadcast_ops : &broadcast_losing_ops;
    bool one = source->stage.one && slow == WEIR_SLOW_WAIT;
    if (ops == &broadcast_losing_ops)
        source = weir_expect_unmarked(source, "broadcast", WEIR_BRANCH_LOSES);
    struct weir_spread *spread = weir_spread_new(&source, capacity, slow, 0, "broadcast");
    if (!spread) {
        weir_outputs_refuse(outputs, n, source);
        return;
    }
    for (size_t i = 0; i < n; i++)
        outputs[i] = weir_branch_new(spread, ops);
    weir_hub_leave(&spread->hub);
    bool whole = weir_outputs_are_whole(outputs, n);
    for (size_t i = 0; whole && i < n; i++)
        outputs[i]->stage.one = one;
}
