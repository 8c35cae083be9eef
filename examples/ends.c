/* What a stream answers: an item, an error that it goes on behind, one that it does not, and the
 * end, as often as it is asked. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static bool halve(int64_t n, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    if (n % 2)
        return weir_error_set(error, WEIR_E_USER, "%lld has no half", (long long)n), false;
    *out = n / 2;
    return true;
}
WEIR_TRY_MAP_FN(halve_fn, halve, int64_t, int64_t)

static int64_t length(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(length_fn, length, weir_line, int64_t)

/* Asks five times, whatever the answers are. */
static void ask(const char *name, weir_stream *numbers)
{
    printf("%s:\n", name);
    for (int i = 0; i < 5; i++) {
        int64_t n;
        weir_error error;
        weir_state got = weir_await_next(numbers, &n, &error);
        if (got == WEIR_READY)
            printf("  %lld\n", (long long)n);
        else if (got == WEIR_END)
            printf("  end\n");
        else
            printf("  %s: %s\n", error.fatal ? "fatal" : "error", error.message);
    }
    weir_drop(numbers);
}

int main(void)
{
    static const char packed[] = "this was never compressed";
    weir_reader *reader = weir_memory_reader(packed, strlen(packed));
    ask("a range", weir_range(1, 4));
    ask("halves", weir_map(weir_range(1, 4), &halve_fn, NULL));
    ask("lengths of lines", weir_map(weir_lines(weir_gunzip(reader), 100), &length_fn, NULL));
    return 0;
}
