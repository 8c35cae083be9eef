/* tee: each item to two outputs, which wait for each other. */

#include "stream/spread.h"

weir_stream *weir_tee(weir_stream *source, weir_stream **copy, size_t capacity)
{
    weir_stream *outputs[2];
    weir_broadcast(source, outputs, 2, capacity, WEIR_SLOW_WAIT);
    *copy = outputs[1];
    return outputs[0];
}
