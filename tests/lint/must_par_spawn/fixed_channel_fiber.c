/* The worker is a parallel stage over the channel, which asks for many tickets at once. */
#include <string.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("a ticket knows nothing of the others") ticket {
    char question[120];
    char answer[120];
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

static bool work(struct ticket ticket, struct ticket *out, void *server, weir_error *error)
{
    for (int tries = 0; tries < 3; tries++)
        if (ask(server, &ticket, error)) {
            *out = ticket;
            return true;
        }
    return false;
}
WEIR_PAR_MAP_FN(work_fn, work, struct ticket, struct ticket)

weir_stream *answers(weir_stream *tickets, char *server)
{
    return weir_par_map_unordered(tickets, &work_fn, server, 64, NULL);
}
