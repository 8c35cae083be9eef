/* Two sources of different types in one variable, and a union that has room for either: nobody can
 * say that one of them is wrong. */

#include "weir.h"

typedef struct {
    double latitude, longitude;
} position;

struct reading {
    int32_t sensor;
    double value;
};

WEIR_ITEM(struct reading) weir_stream *readings(const char *device);
WEIR_ITEM(position) weir_stream *track(void);

union item {
    struct reading reading;
    position position;
};

bool first_of(bool moves, union item *out, weir_error *error)
{
    weir_stream *source = moves ? track() : readings("/dev/s0");
    bool well = weir_await_next(source, out, error) == WEIR_READY;
    weir_drop(source);
    return well;
}

bool place_of(bool moves, position *out, weir_error *error)
{
    weir_stream *source = moves ? track() : readings("/dev/s0");
    bool well = moves && weir_await_next(source, out, error) == WEIR_READY;
    weir_drop(source);
    return well;
}

bool first_reading(union item *out, weir_error *error)
{
    weir_stream *source = readings("/dev/s0");
    bool well = weir_await_next(source, out, error) == WEIR_READY;
    weir_drop(source);
    return well;
}
