/* What was given away is forgotten: the variable is NULL, and dropping that does nothing. */

#include "weir.h"

struct client {
    weir_reader *in;
    weir_writer *out;
};

bool relay(struct client *near, bool raw, weir_error *error)
{
    weir_reader *in = near->in;
    weir_stream *work = NULL;
    if (raw) {
        work = weir_copy(in, near->out);
        in = NULL;
        near->out = NULL;
    } else if (weir_await_fill(in, 1, error) == WEIR_READY) {
        work = weir_count(weir_lines(in, 4096));
        in = NULL;
    }
    near->in = NULL;
    weir_drop(in);
    return !work || weir_await(work, NULL, error) == WEIR_READY;
}
