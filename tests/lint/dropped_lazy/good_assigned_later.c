/* Declared empty, filled in a loop, and used behind it. */

#include "weir.h"

weir_stream *cat(const char *const *paths, size_t n)
{
    weir_stream *all = weir_empty(&weir_type_line);
    for (size_t i = 0; i < n; i++) {
        weir_stream *lines = weir_lines(weir_file_reader(paths[i]), 4096);
        all = weir_chain(all, lines);
    }
    return all;
}

/* The address is kept: who knows where it goes. */
struct later {
    weir_stream **stream;
};

void arm(struct later *self, weir_stream **slot)
{
    weir_stream *tick = weir_sleep(5);
    *slot = tick;
    self->stream = slot;
}
