/* uv_queue_work: what blocks runs on a thread of a pool, and its answer comes back here. */

#include <poll.h>
#include <stdio.h>

#include "weir.h"

/* On another thread, where it may block. */
static bool look_up(int64_t *id, int64_t *answer, weir_error *error)
{
    (void)error;
    poll(NULL, 0, 1); /* a millisecond */
    *answer = *id * *id;
    return true;
}
WEIR_BLOCKING_FN(look_up_fn, look_up, int64_t, int64_t)

static weir_stream *begin(int64_t id, void *arg)
{
    (void)arg;
    return weir_spawn_blocking(&look_up_fn, &id);
}
WEIR_MAP_FN(begin_fn, begin, int64_t, weir_stream *, .to = &weir_type_stream)

int main(void)
{
    weir_error error;
    weir_stream *works = weir_map(weir_range(1, 6), &begin_fn, NULL);
    weir_for_try (int64_t, answer, weir_buffered(works, &weir_type_i64, 4), error)
        printf("%lld\n", (long long)answer);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
