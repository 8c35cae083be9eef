/* What never runs, and what gives the processor away without a time, blocks nobody. */
#include <time.h>
#include <unistd.h>

#include <weir.h>

enum { SLOWLY = 0, DEBUG_LEVEL = 1 };

static const struct timespec none = {0, 0};

static int64_t politely(int64_t n, void *arg)
{
    struct timespec now = {.tv_sec = 0, .tv_nsec = 0};
    (void)arg;
    if (0)
        sleep(5);
    if (SLOWLY)
        usleep(1000);
    if (sizeof(long) >= 4 && DEBUG_LEVEL < 2)
        n++;
    else
        sleep(1);
    while (SLOWLY)
        sleep(1);
    for (; SLOWLY;)
        sleep(1);
    (void)(DEBUG_LEVEL > 3 && sleep(1));
    (void)(DEBUG_LEVEL || sleep(1));
    (void)(SLOWLY ? sleep(1) : 0);
    nanosleep(&now, NULL);
    nanosleep(&none, NULL);
    nanosleep(&(struct timespec){0}, NULL);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &(const struct timespec){.tv_sec = 0}, NULL);
    return n;
}
WEIR_MAP_FN(politely_fn, politely, int64_t, int64_t)

weir_stream *all_politely(weir_stream *numbers)
{
    return weir_map(numbers, &politely_fn, NULL);
}
