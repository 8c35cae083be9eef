/* Both maps speak of seconds as the same number. */

#include <stdlib.h>

#include "weir.h"

static double seconds_of(weir_line line, void *arg)
{
    (void)arg;
    return strtod(line.data, NULL);
}
WEIR_MAP_FN(seconds_of_fn, seconds_of, weir_line, double)

static int64_t in_ms(double seconds, void *arg)
{
    (void)arg;
    return (int64_t)(seconds * 1000);
}
WEIR_MAP_FN(in_ms_fn, in_ms, double, int64_t)

weir_stream *delays(weir_reader *log)
{
    weir_stream *seconds = weir_map(weir_lines(log, 256), &seconds_of_fn, NULL);
    return weir_map(seconds, &in_ms_fn, NULL);
}
