/* context.WithTimeout: what takes longer is given up, and cleans up behind itself. */

#include <stdio.h>

#include "weir.h"

static const uint64_t ms_ns = 1000 * 1000;

static bool slow(uint64_t *ns, int64_t *answer, weir_error *error)
{
    *answer = 42;
    if (weir_await(weir_sleep(*ns), NULL, error) == WEIR_READY)
        return true;
    printf("(cleaning up)\n"); /* defer: the wait has answered that we were dropped */
    return false;
}
WEIR_FIBER_FN(slow_fn, slow, uint64_t, int64_t)

static void ask(uint64_t takes_ns)
{
    weir_error error;
    int64_t answer;
    weir_stream *asked = weir_fiber(&slow_fn, &takes_ns, NULL);
    if (weir_run(weir_timeout(asked, 50 * ms_ns), &answer, &error) == WEIR_READY)
        printf("%lld\n", (long long)answer);
    else
        printf("%s\n", error.code == WEIR_E_TIMEOUT ? "it took too long" : error.message);
}

int main(void)
{
    ask(ms_ns);
    ask(60000 * ms_ns);
    return 0;
}
