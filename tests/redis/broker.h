/* A redis-server of the test's own, on a free port and in a directory that goes with it. */
#ifndef WEIR_TESTS_REDIS_BROKER_H
#define WEIR_TESTS_REDIS_BROKER_H

#include <hiredis/hiredis.h>

#include "../broker/cases.h"
#include "weir/redis.h"

struct broker {
    char dir[40], at[40];
    int port;
    pid_t pid;
    redisContext *own; /* the test's */
};
extern struct broker broker;

/* Of a group of tests: false where no server is installed; then they are skipped, which is said. */
bool broker_begin(void);
void broker_end(void);

void broker_kill(void);
void broker_start(void);  /* again, at the same port; over what the one before left */
void broker_forget(void); /* the same, over nothing: another one took its place */

/* A server that copies what this one has, on a port of its own, until it is killed. */
pid_t broker_copy(void);

/* A command of the test's; its number, or how many parts it has. It must not be refused. */
long long broker_say(const char *format, ...);

/* A stream with a group "g". */
void broker_make(const char *stream);

/* "0", "1" ... as the values of messages, padded with spaces to `bytes`. */
void broker_add(const char *stream, unsigned from, unsigned n, size_t bytes);

/* Messages that the group "g" was given and did not acknowledge. */
long long broker_pending(const char *stream);

/* Waits until there are so many, or 5 s are over. */
bool broker_pending_is(const char *stream, long long n);

#endif
