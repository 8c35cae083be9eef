/* A time that is set later is one, and what a number lets run runs. */
#include <time.h>
#include <unistd.h>

#include <weir.h>

enum { SLOWLY = 1 };

static int64_t slowly(int64_t n, void *arg)
{
    struct timespec pause = {0};
    (void)arg;
    pause.tv_nsec = 1000000;
    nanosleep(&pause, NULL); // lint: blocking_in_async 5-14
    if (SLOWLY)
        sleep(1); // lint: blocking_in_async 9-14
    return n;
}
WEIR_MAP_FN(slowly_fn, slowly, int64_t, int64_t)

weir_stream *all_slowly(weir_stream *numbers)
{
    return weir_map(numbers, &slowly_fn, NULL);
}
