/* No single buffer is large; together they are. */

#include <stdio.h>

#include "weir.h"

struct rotation {
    const char *directory;
    int keep;
};

static bool rotate(struct rotation *self, int *out, weir_error *error) // lint: large_task 13-19
{
    char from[8192];
    char to[8192];
    char message[4096];
    for (int i = self->keep; i > 0; i--) {
        snprintf(from, sizeof from, "%s/log.%d", self->directory, i - 1);
        snprintf(to, sizeof to, "%s/log.%d", self->directory, i);
        snprintf(message, sizeof message, "%.200s -> %.200s", from, to);
        weir_stream *copy = weir_copy(weir_file_reader(from), weir_file_writer(to, NULL));
        if (weir_await(copy, NULL, error) != WEIR_READY)
            return puts(message), false;
    }
    return *out = self->keep, true;
}
WEIR_FIBER_FN(rotate_fn, rotate, struct rotation, int)

weir_stream *rotation(struct rotation *state)
{
    return weir_fiber(&rotate_fn, state, NULL);
}
