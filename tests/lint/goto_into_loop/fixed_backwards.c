/* The odd round is counted behind the loop. */
#include <stdio.h>

#include <weir.h>

int64_t sum_twice(weir_stream *numbers)
{
    int64_t sum = 0;
    int rounds = 0;
    weir_error error;
    weir_for_await (int64_t, n, numbers) {
        sum += n;
        rounds++;
    }
    if (weir_take_error(&error))
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    if (rounds % 2)
        rounds++;
    return sum;
}
