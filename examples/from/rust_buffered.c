/* stream::iter(ids).map(fetch).buffered(4): four at once, the results in order. */

#include <stdio.h>

#include "weir.h"

static bool fetch(int64_t *id, int64_t *answer, weir_error *error)
{
    *answer = *id * 10;
    uint64_t ms = (uint64_t)(5 - *id % 5); /* the later ones are quicker */
    return weir_await(weir_sleep(ms * 1000 * 1000), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(fetch_fn, fetch, int64_t, int64_t)

static weir_stream *begin_fetch(int64_t id, void *arg)
{
    (void)arg;
    return weir_fiber(&fetch_fn, &id, NULL);
}
WEIR_MAP_FN(begin_fetch_fn, begin_fetch, int64_t, weir_stream *, .to = &weir_type_stream)

int main(void)
{
    weir_error error;
    weir_stream *futures = weir_map(weir_range(0, 8), &begin_fetch_fn, NULL);
    weir_for_try (int64_t, answer, weir_buffered(futures, &weir_type_i64, 4), error)
        printf("%lld\n", (long long)answer);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
