/* A relay that asks for each connection by hand, in a `while` of C, and logs by a channel: what is
 * sent is not the connection. Each is served in a task of its own. */
#include <weir.h>

WEIR_PAR_FN(relay_one, weir_duplex, near, weir_sender *, log)
{
    static const char hello[] = "hello\n";
    weir_error error;
    int64_t served = 1;
    if (weir_await_write(near.writer, hello, sizeof hello - 1, &error) == WEIR_READY)
        weir_ignore(weir_try_send(log, &served));
    weir_drop(near.writer);
    weir_drop(near.reader);
}

bool relay(const char *address, weir_sender *log, weir_error *error)
{
    weir_stream *incoming = weir_skip_errors(weir_incoming(address, NULL), 10, NULL);
    return weir_await(weir_par_for_each(incoming, &relay_one, log, 64, NULL), NULL, error) !=
           WEIR_ERROR;
}
