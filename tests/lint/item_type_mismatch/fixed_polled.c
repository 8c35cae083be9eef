/* The place is of the type that the source yields. */

#include "weir.h"

struct reading {
    int32_t sensor;
    double value;
};

WEIR_ITEM(struct reading) weir_stream *readings(const char *device);

weir_poll newest(weir_cx *cx, struct reading *out)
{
    weir_stream *source = weir_skip(readings("/dev/s0"), 1);
    weir_poll got = weir_poll_next(source, cx, out, 1);
    weir_drop(source);
    return got;
}
