/* What is waited for behind the spawn is something else. */

#include "weir.h"

bool serve_while(weir_stream *server, weir_stream *until, weir_error *error)
{
    weir_stream *task = weir_spawn(server);
    weir_state got = weir_await(until, NULL, error);
    weir_cancel(task);
    weir_drop(task);
    return got != WEIR_ERROR;
}

bool tick(weir_sender *tx, weir_stream *ticks, uint64_t ns, weir_error *error)
{
    weir_stream *task = weir_spawn(weir_send_each(ticks, tx));
    bool slept = weir_await(weir_sleep(ns), NULL, error) == WEIR_READY;
    return weir_await(task, NULL, error) != WEIR_ERROR && slept;
}
