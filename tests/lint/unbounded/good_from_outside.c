/* The limit comes from the caller, or from the options, who may have none in mind: that is theirs.
 */
#include <weir.h>

struct options {
    size_t at_once, rows_max;
};

static int64_t twice(int64_t x, void *arg)
{
    (void)arg;
    return 2 * x;
}
WEIR_MAP_FN(twice_fn, twice, int64_t, int64_t)

static weir_stream *doubled(weir_stream *numbers, size_t limit)
{
    return weir_par_map(numbers, &twice_fn, NULL, limit, NULL);
}

weir_stream *run(weir_stream *numbers, const struct options *options)
{
    if (!options)
        return doubled(numbers, WEIR_NO_LIMIT);
    return weir_collect(doubled(numbers, options->at_once), options->rows_max);
}
