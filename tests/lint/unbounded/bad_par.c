/* As many clients as come, and as many thumbnails as there are pictures: memory grows with both. */
#include <stdio.h>

#include <weir.h>

WEIR_PAR_FN(serve, weir_duplex, client, void *, arg)
{
    weir_error error;
    (void)arg;
    if (weir_await(weir_copy(client.reader, client.writer), NULL, &error) == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

static int64_t half(int64_t x, void *arg)
{
    (void)arg;
    return x / 2;
}
WEIR_MAP_FN(half_fn, half, int64_t, int64_t)

weir_stream *serve_all(const char *address)
{
    // lint-next: unbounded 74-87
    return weir_par_for_each(weir_incoming(address, NULL), &serve, NULL, WEIR_NO_LIMIT, NULL);
}

weir_stream *halves(weir_stream *numbers)
{
    return weir_par_map(numbers, &half_fn, NULL, SIZE_MAX, NULL); // lint: unbounded 50-58
}
