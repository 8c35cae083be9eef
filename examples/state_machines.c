/* Work in steps, several items at once: each number is followed until it reaches 1, up to three
 * numbers at a time, and those with the shortest way are done first. A machine's state stands in
 * the stage: no allocation an item. */

#include <stdio.h>

#include "weir.h"

struct way {
    int64_t from, at, steps;
};
struct result {
    int64_t from, steps;
};

/* The state is all zero before, and may not move afterwards. */
static void way_start(struct way *way, int64_t from, void *arg)
{
    (void)arg;
    way->from = way->at = from;
}

/* Ten steps a turn, so that a long way does not hold up the others. */
static weir_poll way_poll(struct way *way, weir_cx *cx, struct result *out)
{
    for (int i = 0; i < 10; i++) {
        if (way->at == 1) {
            *out = (struct result){way->from, way->steps};
            return (weir_poll){1, WEIR_END};
        }
        way->at = way->at % 2 ? 3 * way->at + 1 : way->at / 2;
        way->steps++;
    }
    return weir_wait_turn(cx);
}
WEIR_ASYNC_FN(way_fn, way_start, way_poll, struct way, int64_t, struct result)

static void print(struct result result, void *arg)
{
    (void)arg;
    printf("%lld: %lld steps\n", (long long)result.from, (long long)result.steps);
}
WEIR_EACH_FN(print_fn, print, struct result)

int main(void)
{
    weir_stream *ways = weir_map_async(weir_range(26, 34), &way_fn, NULL, 3);
    weir_error error;
    if (weir_run(weir_for_each(ways, &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
