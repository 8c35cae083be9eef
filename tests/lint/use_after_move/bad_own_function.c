/* A function of the program's own takes the session; it is looked at behind that. */

#include <stdio.h>

#include "weir.h"

struct session {
    weir_duplex client;
    uint64_t bytes;
    char peer[64];
};

struct session *session_open(weir_duplex client);
bool session_serve(struct session *session, weir_error *error);
void session_close(struct session *session WEIR_TAKES);

bool serve(weir_duplex client, weir_error *error)
{
    struct session *session = session_open(client);
    bool well = session_serve(session, error);
    session_close(session);
    printf("%s is gone\n", session->peer); // lint: use_after_move 28-35
    return well;
}
