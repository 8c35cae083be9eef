/* Into a plain loop of C, which holds nothing; the stream's own loop is elsewhere. */
#include <weir.h>

size_t fill(int64_t *out, size_t max, weir_stream *numbers, bool zero_first)
{
    size_t n = 0;
    if (!zero_first)
        goto read;
    while (n < max / 2) {
        out[n++] = 0;
    read:
        if (n == max)
            break;
    }
    weir_for_await (int64_t, number, weir_take(numbers, max - n))
        out[n++] = number;
    return n;
}
