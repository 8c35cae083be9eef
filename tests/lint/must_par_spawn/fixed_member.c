/* Sessions of the same member, sixty-four at once. */
#include <stdio.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("sessions are independent") session {
    weir_duplex duplex;
    uint64_t number;
};

struct server {
    weir_stream *sessions;
    weir_writer *log;
    bool verbose;
};

WEIR_PAR_FN(echo, struct session, session, struct server *, server)
{
    weir_error error;
    if (server->verbose)
        fprintf(stderr, "session %llu\n", (unsigned long long)session.number);
    if (weir_await(weir_copy(session.duplex.reader, session.duplex.writer), NULL, &error) ==
        WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

bool server_run(struct server *server, weir_error *error)
{
    weir_stream *sessions = weir_take(weir_by_ref(server->sessions), 1000);
    return weir_await(weir_par_for_each(sessions, &echo, server, 64, NULL), NULL, error) !=
           WEIR_ERROR;
}
