/* Whichever of two sources it is, their items are not what is read into. */

#include "weir.h"

typedef struct {
    double latitude, longitude;
} position;

struct reading {
    int32_t sensor;
    double value;
};

WEIR_ITEM(struct reading) weir_stream *readings(const char *device);

bool first_of(bool indoors, position *out, weir_error *error)
{
    weir_stream *source = indoors ? readings("/dev/s0") : readings("/dev/s1");
    bool well = weir_await_next(source, out, error) == WEIR_READY; // lint: item_type_mismatch 17-32
    weir_drop(source);
    return well;
}

bool some_of(bool indoors, position *out, weir_error *error)
{
    weir_stream *source;
    if (indoors)
        source = readings("/dev/s0");
    else
        source = weir_take(readings("/dev/s1"), 10);
    bool well = weir_await_next(source, out, error) == WEIR_READY; // lint: item_type_mismatch 17-32
    weir_drop(source);
    return well;
}
