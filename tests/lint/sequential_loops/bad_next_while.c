/* A relay that asks for each connection by hand, in a `while` of C, and logs by a channel: what is
 * sent is not the connection. */
#include <weir.h>

static bool relay_one(weir_duplex near, const char *far, weir_sender *log, weir_error *error)
{
    static const char hello[] = "hello\n";
    int64_t served = 1;
    if (weir_await_write(near.writer, hello, sizeof hello - 1, error) != WEIR_READY)
        return false;
    weir_drop(near.writer);
    weir_drop(near.reader);
    (void)far;
    return weir_try_send(log, &served) == WEIR_SENT;
}

int64_t relay(const char *address, const char *far, weir_sender *log, weir_error *error)
{
    weir_stream *incoming = weir_skip_errors(weir_incoming(address, NULL), 10, NULL);
    weir_duplex near;
    int64_t failed = 0;

    while (weir_await_next(incoming, &near, error) == WEIR_READY) // lint: sequential_loops 5-10
        if (!relay_one(near, far, log, error))
            failed++;
    weir_drop(incoming);
    return failed;
}
