/* A handler writes its greeting and closes, and never learns whether either was done. */
#include <string.h>

#include <weir.h>

struct greeter {
    const char *text;
    bool flushes;
};

static void say(weir_writer *out, const struct greeter *greeter, weir_error *error)
{
    weir_await_write(out, greeter->text, strlen(greeter->text), error); // lint: ignored_poll 5-21
    if (greeter->flushes)
        weir_await_flush(out, error); // lint: ignored_poll 9-25
}

WEIR_PAR_FN(greet, weir_duplex, client, struct greeter *, greeter)
{
    weir_error error;
    say(client.writer, greeter, &error);
    weir_await_close(client.writer, &error); // lint: ignored_poll 5-21
    weir_duplex_drop(client);
}

weir_stream *greet_all(const char *address, struct greeter *greeter)
{
    return weir_par_for_each(weir_incoming(address, NULL), &greet, greeter, 64, NULL);
}
