/* wire_tap: shows copies of the items to somebody who is never waited for. */

#include "stream/spread.h"

static const weir_stream_ops wire_tap_ops = WEIR_BRANCH_OPS("wire_tap", WEIR_MARKS_HOLD);
static const weir_stream_ops tap_ops = WEIR_BRANCH_OPS("tap", WEIR_MARKS_SETTLE);

/* It asks for nothing itself. */
static void wire_tap_follow(weir_stream *tap)
{
    struct weir_output *output = weir_output_of(tap);
    output->follows = true;
    output->hub->pulling_n--;
}

weir_stream *weir_wire_tap(weir_stream *source, weir_stream **tap, size_t capacity)
{
    weir_stream *outputs[2];
    bool one = source->stage.one;
    struct weir_spread *spread = weir_spread_new(&source, capacity, WEIR_SLOW_LAG, 0, "wire_tap");
    if (spread) {
        outputs[0] = weir_branch_new(spread, &wire_tap_ops);
        outputs[1] = weir_branch_new(spread, &tap_ops);
        weir_hub_leave(&spread->hub);
        if (weir_outputs_are_whole(outputs, 2)) {
            outputs[0]->stage.one = one;
            wire_tap_follow(outputs[1]);
        }
    } else {
        weir_outputs_refuse(outputs, 2, source);
    }
    *tap = outputs[1];
    return outputs[0];
}
