/* Two loops, two streams of one name; and an end that was seen in a call before this one. */

#include "weir.h"

struct source {
    weir_stream *lines;
    bool over;
};

weir_state source_next(struct source *self, weir_line *out, weir_error *error)
{
    if (self->over)
        return WEIR_END;
    weir_state state = weir_await_next(self->lines, out, error);
    self->over = state == WEIR_END;
    return state;
}

void count(const char *const *paths, size_t n, uint64_t *all, weir_error *error)
{
    weir_line line;
    for (size_t i = 0; i < n; i++) {
        weir_stream *lines = weir_lines(weir_file_reader(paths[i]), 4096);
        weir_state state = WEIR_READY;
        while (state != WEIR_END) {
            state = weir_await_next(lines, &line, error);
            *all += state == WEIR_READY;
            if (state == WEIR_ERROR && error->fatal)
                break;
        }
        weir_drop(lines);
    }
}
