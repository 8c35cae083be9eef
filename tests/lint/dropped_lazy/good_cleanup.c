/* The variable lets go of its stream by itself, at the end of its block. */

#include "weir.h"

static void drop_reader(weir_reader **reader)
{
    weir_drop(*reader);
}
static void drop_stream(weir_stream **stream)
{
    weir_drop(*stream);
}

/* Holds the FIFO open while the lines of another one are counted, so that its writers need not
 * wait. */
bool count_while_open(const char *path, const char *fifo, uint64_t *n, weir_error *error)
{
    weir_reader *held __attribute__((cleanup(drop_reader), unused)) = weir_file_reader(fifo);
    weir_stream *ticking __attribute__((cleanup(drop_stream), unused)) =
        weir_abort_on_drop(weir_spawn(weir_sleep(60000000000)));
    return weir_await(weir_count(weir_lines(weir_file_reader(path), 4096)), n, error) == WEIR_READY;
}
