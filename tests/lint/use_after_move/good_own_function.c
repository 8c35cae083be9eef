/* Taken on the way out of each case; the others go on with it. */

#include <stdio.h>

#include "weir.h"

struct session {
    weir_duplex client;
    uint64_t bytes;
};

bool session_serve(struct session *session, weir_error *error);
void session_close(struct session *session WEIR_TAKES);
void session_park(struct session *session WEIR_TAKES);

bool serve(struct session *session, uint64_t bytes_max, weir_error *error)
{
    do {
        if (!session_serve(session, error)) {
            session_close(session);
            return false;
        }
        if (session->bytes == 0) {
            session_park(session);
            goto parked;
        }
    } while (session->bytes < bytes_max);
    printf("%llu bytes\n", (unsigned long long)session->bytes);
    session_close(session);
    return true;
parked:
    puts("parked");
    return true;
}
