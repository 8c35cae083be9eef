/* A worker: a fiber that takes tickets out of a channel, and asks a server about each, in its turn.
 */
#include <string.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("a ticket knows nothing of the others") ticket {
    char question[120];
    char answer[120];
};

struct worker {
    weir_stream *tickets;
    const char *server;
};

static bool ask(const char *server, struct ticket *ticket, weir_error *error)
{
    size_t n = strlen(ticket->question);
    weir_duplex line = weir_dial(server, NULL);
    bool fine = weir_await_write(line.writer, ticket->question, n, error) == WEIR_READY &&
                weir_await_read(line.reader, ticket->answer, 119, &n, error) == WEIR_READY;
    if (fine)
        ticket->answer[n] = 0;
    weir_duplex_drop(line);
    return fine;
}

static bool work(struct worker *self, uint64_t *answered, weir_error *error)
{
    weir_stream *tickets = self->tickets;
    self->tickets = NULL;
    *answered = 0;
    weir_for_await_indexed (i, struct ticket, ticket, tickets) { // lint: must_par_spawn 5-27
        if (!ticket.question[0] || i == UINT64_MAX)
            break;
        for (int tries = 0; tries < 3; tries++) {
            if (!ask(self->server, &ticket, error))
                continue;
            ++*answered;
            break;
        }
    }
    return true;
}
WEIR_FIBER_FN(work_fn, work, struct worker, uint64_t)

weir_stream *worker_start(weir_stream *tickets, const char *server)
{
    return weir_go(&work_fn, &(struct worker){tickets, server}, NULL);
}
