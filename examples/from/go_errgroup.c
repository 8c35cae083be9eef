/* errgroup with SetLimit(4): many at once, the first error ends it. */

#include <stdio.h>

#include "weir.h"

WEIR_TRY_PAR_FN(check, int64_t, id, void *, arg, error)
{
    (void)arg;
    if (weir_await(weir_sleep(1000 * 1000), NULL, error) != WEIR_READY)
        return false;
    if (id == 5)
        return weir_error_set(error, WEIR_E_USER, "host %lld is down", (long long)id), false;
    return true;
}

int main(void)
{
    weir_error error;
    weir_stream *all = weir_par_for_each(weir_range(0, 8), &check, NULL, 4, NULL);
    if (weir_run(all, NULL, &error) != WEIR_READY)
        printf("%s\n", error.message);
    return 0;
}
