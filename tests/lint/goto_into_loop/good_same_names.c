/* Two functions with a label of one name: each goto is about its own. */
#include <weir.h>

int64_t first_even(weir_stream *numbers)
{
    int64_t found = 0;
    weir_for_await (int64_t, n, numbers) {
        if (n % 2)
            goto next;
        found = n;
        break;
    next:;
    }
    return found;
}

int64_t clamp(int64_t n)
{
    if (n > 0)
        goto next;
    return 0;
next:
    return n;
}
