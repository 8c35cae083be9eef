/* The second of two maps takes another number than the first one gives. */

#include <stdlib.h>

#include "weir.h"

static double seconds_of(weir_line line, void *arg)
{
    (void)arg;
    return strtod(line.data, NULL);
}
WEIR_MAP_FN(seconds_of_fn, seconds_of, weir_line, double)

static int64_t in_ms(int64_t seconds, void *arg)
{
    (void)arg;
    return seconds * 1000;
}
WEIR_MAP_FN(in_ms_fn, in_ms, int64_t, int64_t)

weir_stream *delays(weir_reader *log)
{
    weir_stream *seconds = weir_map(weir_lines(log, 256), &seconds_of_fn, NULL);
    return weir_map(seconds, &in_ms_fn, NULL); // lint: item_type_mismatch 12-20
}
