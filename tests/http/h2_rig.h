/* A server of HTTP/2 and a client over a wire in memory. The client is a session of nghttp2's; the
 * server's parts are tasks of their own, or of one, which are polled only when they were woken, so
 * that a lost wake is found. */
#ifndef WEIR_TESTS_H2_RIG_H
#define WEIR_TESTS_H2_RIG_H

#ifdef WEIR_HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>

#include "../net/wire.h"
#include "core/in_flight.h"

enum { RIG_REQUESTS = 128, RIG_ACTORS = RIG_REQUESTS + 3, RIG_ORDER = 4096 };

/* A request that the client sends, and what it came to. */
struct ask {
    const char *method, *path; /* NULL: GET, / */
    const char *name, *value;  /* one more field */
    const char *again;         /* ... and once more, with this value */
    const char *scheme, *host; /* NULL: http, localhost */
    size_t body;               /* bytes of a pattern */
    bool says_length;
    bool stays;      /* the body does not end */
    bool trails;     /* a field behind the body: "tail: 1" */
    size_t reset_at; /* it is given up when so many bytes of its answer came; 0: never */

    int32_t id;
    int status, interim;
    size_t got, sent;
    bool wrong, ended, closed;
    bool has_length; /* its answer says one */
    uint32_t code;
    char type[32]; /* content-type */
};

/* How the parts of the server are polled. */
enum rig_mode {
    RIG_TASKS,   /* each in a task of its own, with sets of work in flight */
    RIG_BY_HAND, /* each with a cx of its own, and no sets */
    RIG_SERVE    /* all in one task: weir_http_serve() */
};

struct actor {
    struct rig *rig;
    weir_stream *future; /* NULL: none */
    struct test_cx *cx;
    weir_in_flight_list flight;
    bool begun, failed;
    unsigned polls;
    unsigned drop_at; /* instead of this poll; 0: never */
    weir_error error;
};

struct rig {
    /* set before rig_run() */
    enum rig_mode mode;
    weir_http_options options;
    struct wire wire;
    struct ask asks[RIG_REQUESTS];
    size_t asks_n;
    uint32_t client_window;  /* of a stream; 0: the usual */
    bool unread;             /* the client opens no window for what came */
    unsigned drop_at;        /* of each handler; 0: never */
    unsigned drop_stream_at; /* of the stream of exchanges */
    size_t given_max;        /* exchanges at once; 0: as many as there are */
    bool stays;              /* the client does not leave when all its requests are over */
    bool late;               /* timers fire when nothing else happens */

    /* the rig's */
    nghttp2_session *session;
    weir_duplex client;
    struct test_cx client_cx;
    const uint8_t *rest;
    size_t rest_n;
    unsigned char raw[4096]; /* sent as they are, before what the session has */
    size_t raw_n;
    bool client_begun, client_eof, client_shut;
    uint32_t goaway; /* its code, and how many came */
    int32_t goaway_last;
    unsigned goaways, pings;
    int32_t order[RIG_ORDER]; /* of DATA frames, by stream */
    size_t order_n;
    weir_stream *incoming;
    weir_state state; /* of the stream of exchanges, at its end */
    bool over;
    struct actor actors[RIG_ACTORS]; /* 0: the stream of exchanges */
    size_t actors_n, handlers, handlers_max;
    weir_exchange *held[RIG_REQUESTS]; /* of /hold */
    size_t held_n;
    weir_http_counts counts;
    unsigned told;
    weir_error last_told;
};

/* Handlers, by path: /hello, /echo, /drop, /bytes/N, /read (the body, then "read"), /hold (kept in
 * the rig), /half (a part of an answer, then dropped), /late (an answer when the body has ended),
 * /426 (that, with an Upgrade). */
void rig_begin(struct rig *rig);
/* Runs until nothing is woken any more. False: the client waits for something. */
bool rig_run(struct rig *rig);
struct ask *rig_ask(struct rig *rig, const char *path);
/* After rig_begin(): submits what was added since. */
void rig_submit(struct rig *rig);
void rig_stop(struct rig *rig); /* as a runtime that is told to */
void rig_end(struct rig *rig);
unsigned char rig_byte(size_t at);

#endif
#endif
