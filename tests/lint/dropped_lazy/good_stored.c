/* Streams that outlive the function: in a struct, in an array, behind a pointer, returned. */

#include "weir.h"

struct feed {
    weir_stream *lines;
    weir_reader *raw;
    weir_stream *tasks[4];
};

void feed_open(struct feed *self, const char *path)
{
    self->raw = weir_file_reader(path);
    self->lines = weir_lines(weir_stdin_reader(), 4096);
    for (size_t i = 0; i < sizeof self->tasks / sizeof *self->tasks; i++)
        self->tasks[i] = weir_spawn(weir_sleep(1000000 * (i + 1)));
}

void feed_pair(weir_stream **first, weir_reader **second)
{
    weir_stream *made = weir_range(0, 100);
    *second = weir_file_reader("second");
    *first = made;
}

weir_stream *feed_head(struct feed *self)
{
    weir_stream *head = weir_take(weir_by_ref(self->lines), 10);
    return head;
}
