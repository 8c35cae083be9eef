/* It waits in a body that may. */
#include <weir.h>

enum { SLOWLY = 1 };

WEIR_TRY_PAR_FN(slowly, int64_t, n, void *, arg, error)
{
    (void)n;
    (void)arg;
    return weir_await(weir_sleep(1000000), NULL, error) == WEIR_READY &&
           (!SLOWLY || weir_await(weir_sleep(1000000000), NULL, error) == WEIR_READY);
}

weir_stream *all_slowly(weir_stream *numbers)
{
    return weir_par_for_each(numbers, &slowly, NULL, 4, NULL);
}
