/* The loop waits for a place among a hundred and hands each client to a task of its own. */
#include <stdio.h>

#include <weir.h>

struct client {
    weir_duplex duplex;
    weir_semaphore_permit place;
};

static void client_drop(void *state)
{
    struct client *self = state;
    weir_duplex_drop(self->duplex);
    weir_semaphore_permit_drop(&self->place);
}

static bool serve(struct client *self, uint64_t *bytes, weir_error *error)
{
    weir_reader *in = self->duplex.reader;
    weir_writer *out = self->duplex.writer;
    self->duplex = (weir_duplex){NULL, NULL};
    return weir_await(weir_copy(in, out), bytes, error) == WEIR_READY;
}
WEIR_FIBER_FN(serve_fn, serve, struct client, uint64_t, .drop = client_drop)

static void start(weir_duplex duplex, weir_semaphore_permit place)
{
    weir_drop(weir_go(&serve_fn, &(struct client){duplex, place}, NULL));
}

int main(void)
{
    weir_semaphore *places = weir_semaphore_new(100);
    weir_error error;
    weir_for_await (weir_duplex, client, weir_incoming("127.0.0.1:7007", NULL)) {
        weir_semaphore_permit place;
        if (weir_await(weir_semaphore_acquire(places, 1), &place, &error) != WEIR_READY) {
            weir_duplex_drop(client);
            break;
        }
        start(client, place);
    }
    weir_semaphore_drop(places);
    return 0;
}
