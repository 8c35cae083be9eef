/* Two ends of a TLS connection over a wire, with a task on each half. */
#ifndef WEIR_TESTS_LINK_H
#define WEIR_TESTS_LINK_H

#include "certificates.h"
#include "weir/tls.h"
#include "wire.h"

enum { CLIENT_WRITES, CLIENT_READS, SERVER_WRITES, SERVER_READS, PUMPS };

/* All zero: usual certificates, host example.org, an empty wire, nothing to write. */
struct link {
    weir_tls_options client, server;
    const char *host;
    bool usual; /* contexts that were made before, for all such links: making them takes long */
    struct wire wire;
    struct pump pumps[PUMPS];
};

void link_usual_begin(void);
void link_usual_end(void);

/* Makes both ends, over the wire as it is set; the certificates that were not chosen are. */
void link_open(struct link *link);
/* Runs the tasks; false: somebody waits for ever. */
bool link_run(struct link *link);
void link_close(struct link *link);

/* Opens, runs and closes it; the pumps say what happened. */
bool link_all(struct link *link);

#endif
