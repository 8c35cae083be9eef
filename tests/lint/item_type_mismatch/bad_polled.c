/* A poll by hand puts items into places of another type: the readings of a sensor are no positions.
 */

#include "weir.h"

typedef struct {
    double latitude, longitude;
} position;

struct reading {
    int32_t sensor;
    double value;
};

WEIR_ITEM(struct reading) weir_stream *readings(const char *device);

weir_poll newest(weir_cx *cx, position *out)
{
    weir_stream *source = weir_skip(readings("/dev/s0"), 1);
    weir_poll got = weir_poll_next(source, cx, out, 1); // lint: item_type_mismatch 21-35
    weir_drop(source);
    return got;
}
