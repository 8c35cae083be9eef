/* What does not reach the client ends the connection. */
#include <string.h>

#include <weir.h>

struct greeter {
    const char *text;
    bool flushes;
};

static bool say(weir_writer *out, const struct greeter *greeter, weir_error *error)
{
    size_t n = strlen(greeter->text);
    if (weir_await_write(out, greeter->text, n, error) != WEIR_READY)
        return false;
    return !greeter->flushes || weir_await_flush(out, error) == WEIR_READY;
}

WEIR_PAR_FN(greet, weir_duplex, client, struct greeter *, greeter)
{
    weir_error error;
    if (say(client.writer, greeter, &error) && weir_await_close(client.writer, &error) == WEIR_END)
        weir_duplex_drop(client);
    else
        weir_duplex_abort(client);
}

weir_stream *greet_all(const char *address, struct greeter *greeter)
{
    return weir_par_for_each(weir_incoming(address, NULL), &greet, greeter, 64, NULL);
}
