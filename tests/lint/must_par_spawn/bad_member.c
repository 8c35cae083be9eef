/* The stream is a member of the server, so nobody knows its source: the type of its items speaks.
 */
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

static void echo(struct server *server, struct session session)
{
    weir_error error;
    if (server->verbose)
        fprintf(stderr, "session %llu\n", (unsigned long long)session.number);
    if (weir_await(weir_copy(session.duplex.reader, session.duplex.writer), NULL, &error) ==
        WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

void server_run(struct server *server)
{
    weir_stream *sessions = weir_by_ref(server->sessions);
    weir_for_await (struct session, session, sessions) { // lint: must_par_spawn 5-19
        if (session.number > 1000) {
            weir_duplex_drop(session.duplex);
            return;
        }
        echo(server, session);
    }
}
