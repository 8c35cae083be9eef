/* The loop passes the connections on to workers: it waits for room in their channel. */
#include <weir.h>

struct acceptor {
    const char *address;
    weir_sender *workers;
};

static bool run_acceptor(struct acceptor *self, uint64_t *accepted, weir_error *error)
{
    *accepted = 0;
    weir_for_try (weir_duplex, client, weir_incoming(self->address, NULL), *error) {
        weir_state got = weir_await(weir_send(self->workers, &client), NULL, error);
        if (got == WEIR_ERROR)
            return false;
        ++*accepted;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(run_acceptor_fn, run_acceptor, struct acceptor, uint64_t)

weir_stream *acceptor_start(const char *address, weir_sender *workers)
{
    return weir_go(&run_acceptor_fn, &(struct acceptor){address, workers}, NULL);
}
