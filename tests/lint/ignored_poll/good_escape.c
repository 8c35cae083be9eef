/* What is meant is said: weir_ignore(), and (void) before a function of the program's own. */
#include <weir.h>

struct connection {
    weir_duplex duplex;
    bool polite;
};

static weir_poll push(struct connection *self, weir_cx *cx)
{
    return weir_poll_flush(self->duplex.writer, cx);
}

weir_poll connection_end(struct connection *self, weir_cx *cx)
{
    if (self->polite)
        (void)push(self, cx);
    return weir_poll_close(self->duplex.writer, cx);
}

void connection_bye(struct connection *self)
{
    weir_error error;
    weir_ignore(weir_await_write(self->duplex.writer, "bye\n", 4, &error));
    weir_ignore(weir_await_close(self->duplex.writer, &error));
    weir_duplex_drop(self->duplex);
}
