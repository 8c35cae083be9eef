/* A variable that begins as the largest number and is lowered before it is used. */
#include <weir.h>

weir_stream *at_most(weir_stream *source, const size_t *maxima, size_t n)
{
    size_t items_max = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        if (maxima[i] < items_max)
            items_max = maxima[i];
    return weir_collect(source, items_max);
}

weir_stream *at_most_one_of(weir_stream *source, size_t wanted, bool small)
{
    size_t items_max = WEIR_NO_LIMIT;
    if (small)
        items_max = 16;
    else
        items_max = wanted < 1024 ? wanted : 1024;
    return weir_collect(source, items_max);
}
