/* A client that follows a script, over a wire that is as bad as a test wants, and a server whose
 * handlers do what the target says. Both are polled only when they were woken.
 *
 * A target is '/' and steps with dots between: "/b.r.l6.w6.k" takes the body, reads it, answers
 * with a length of 6, writes 6 bytes, closes. h<n>  answers at once, with n bytes      b     takes
 * the body           B     drops its reader r<n>  reads it whole, n at once          p<n>  n bytes
 * of it            g     asks for a 100 t     the trailer "x" behind what it read a<n>  answers n,
 * of unknown length       l<n>  answers 200 of length n e     answers 200 of the length that was
 * read, o writes that w<n>  writes n bytes                     f     flushes                  k
 * closes W     drops the writer                   d     drops the exchange       s<n>  sleeps n ms
 *   x     fails             u     switches to "echo", and speaks it */
#ifndef WEIR_TESTS_HTTP_TALK_H
#define WEIR_TESTS_HTTP_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../net/wire.h"

enum { TALK_STEPS = 8, TALK_TEXT_BYTES = 4096 };

enum talk_what {
    TALK_OVER, /* reads to the end, and goes */
    TALK_SAY,
    TALK_HEAR,  /* until this came, behind what it heard before */
    TALK_CLOSE, /* says nothing more */
    TALK_RESET,
    TALK_UNTIL /* then, by the clock */
};
struct talk_step {
    enum talk_what what;
    const char *text;
    uint64_t ns; /* of SAY: how many bytes; 0: it is a string */
};
#define SAY(text_)                                                                                 \
    {                                                                                              \
        TALK_SAY, text_, 0                                                                         \
    }
#define HEAR(text_)                                                                                \
    {                                                                                              \
        TALK_HEAR, text_, 0                                                                        \
    }
#define CLOSE                                                                                      \
    {                                                                                              \
        TALK_CLOSE, NULL, 0                                                                        \
    }
#define RESET                                                                                      \
    {                                                                                              \
        TALK_RESET, NULL, 0                                                                        \
    }
#define UNTIL(ns_)                                                                                 \
    {                                                                                              \
        TALK_UNTIL, NULL, ns_                                                                      \
    }

/* All zero but for the steps is a good beginning. */
struct talk {
    struct talk_step steps[TALK_STEPS];
    struct wire wire;
    weir_http_options options;
    const weir_then_fn *handler; /* another one than that of the steps; arg: the talk */
    void *arg;                   /* the handler's own */
    size_t piece;                /* of what the client says at once; 0: all */
    unsigned drop_at;            /* the server is dropped instead of this poll, from 1; 0: never */
    bool deaf;                   /* the client reads nothing before its script is over */
    bool deaf_ever;              /* nor then */
    bool stays;                  /* ... and does not go before the server has */
    size_t sip;                  /* it reads so many bytes, and then waits so long; 0: all */
    uint64_t sip_ns;

    char *got; /* all that came, without the dates; a NUL behind it */
    size_t got_n;
    weir_state ended;                       /* END, or ERROR: the connection was cut */
    weir_state served;                      /* PENDING: it was dropped */
    uint64_t ended_ns, served_ns, heard_ns; /* when that was; and when it heard something last */
    bool stuck;     /* nobody was woken any more, and no time is waited for */
    unsigned polls; /* of the server */
    weir_http_counts counts;
    unsigned errors;
    weir_error error; /* the last one that was told */
    unsigned live;    /* handlers */
    unsigned live_max;

    struct test_cx near, far; /* the rest is the talk's */
    weir_duplex client;
    weir_stream *server;
    unsigned step;
    size_t said, heard;
    bool far_done, near_begun, far_begun;
    weir_timer timer, sipping;
    size_t sipped;
};

/* Runs both to their end, or until nothing goes on. */
void talk_run(struct talk *talk);
/* Releases what is left; the server's part was dropped by talk_run(). */
void talk_end(struct talk *talk);

/* The handlers, for a server of one's own; arg: struct talk. */
const weir_then_fn *talk_handler(void);

/* Whole answers at the beginning of what came, and whether more stands behind them. */
unsigned talk_whole(const struct talk *talk, bool *rest);

#endif
