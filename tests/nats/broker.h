/* A nats-server of the test's own, on a free port and in a directory that goes with it. */
#ifndef WEIR_TESTS_BROKER_H
#define WEIR_TESTS_BROKER_H

#include <nats/nats.h>

#include "../broker/cases.h"
#include "weir/nats.h"

struct broker {
    char dir[40], at[40];
    int port; /* 0: none yet */
    pid_t pid;
    bool strict;                /* from its next start on it knows nobody but the test */
    natsConnection *connection; /* the test's own */
    jsCtx *js;
};
extern struct broker broker;

/* Of a group of tests: false where no server is installed; then they are skipped, which is said. */
bool broker_begin(void);
void broker_end(void);

void broker_kill(void);
void broker_stop(void); /* nothing of it runs until it goes on */
void broker_go_on(void);
void broker_start(void); /* again, at the same port; over what the one before left */

/* A stream STREAM of the subject in.STREAM with a consumer "w". */
void broker_make(const char *stream, int64_t ack_wait_ms);
void broker_make_of(const char *stream, jsConsumerConfig *consumer);

/* "0", "1" ... as messages, padded with spaces to `bytes`. */
void broker_publish(const char *stream, unsigned from, unsigned n, size_t bytes);

/* "0", with so many headers. */
void broker_publish_headed(const char *stream, unsigned n);

/* Messages that stand in it. */
uint64_t broker_stored(const char *stream);
uint64_t broker_stored_soon(const char *stream); /* ... of a server that comes up */

/* What the consumer "w" says: not delivered yet, or not acknowledged. Waits until both are so, or
 * 5 s are over. */
struct broker_left {
    uint64_t pending, unacked;
};
struct broker_left broker_left(const char *stream);
bool broker_left_is(const char *stream, uint64_t pending, uint64_t unacked);

/* Of a source, and of its connection: whether it is up, which is waited for. */
struct weir_nats_link *broker_link(const weir_stream *source);
void broker_wait_for(struct weir_nats_link *link, bool up);

#endif
