/* What is to be said of the session is said before it goes. */

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
    printf("%s is gone\n", session->peer);
    session_close(session);
    return well;
}
