/* The filter is lent the lines: what it leaves is there for whoever reads on. */

#include "weir.h"

struct message {
    weir_stream *head; /* to the first empty line */
    weir_stream *all;
};

static bool has_text(weir_line line, void *arg)
{
    (void)arg;
    return line.size != 0;
}
WEIR_FILTER_FN(has_text_fn, has_text, weir_line)

void message_open(struct message *self, weir_reader *in)
{
    weir_stream *lines = weir_lines(in, 4096);
    self->head = weir_take_while(weir_by_ref(lines), &has_text_fn, NULL);
    self->all = lines;
}
