/* What the tests of all brokers have in common: a server in a process of its own, a runtime for
 * each test, what is stored and what is read. */
#ifndef WEIR_TESTS_BROKER_RIG_H
#define WEIR_TESTS_BROKER_RIG_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "keeper.h"
#include "weir/implement.h"
#include "weir/job.h"
#include "weir/mark.h"
#include "weir/run.h"
#include "weir/source.h"
#include "weir/stream.h"
#include "weir/time.h"

/* ---- the server ---- */

/* false, which is said: it is not installed, or a simulation waits for nobody. NULL: it needs no
 * server. */
bool rig_has(const char *server, const char *package);

/* Calls run() in another process, in that directory; it ends with the test. */
pid_t rig_start(const char *dir, void (*run)(void));
void rig_kill(pid_t pid);

/* One that nobody uses, below those that the kernel gives to whoever dials: while a server is away
 * nobody else has it. */
int rig_free_port(void);
void rig_remove(const char *dir);

/* A file in it; the name stands until the third one behind it is written. */
const char *rig_write(const char *dir, const char *name, const char *text);

/* So many. */
unsigned wait_ms(unsigned ms);
pthread_t later(void *(*f)(void *arg), void *arg);

/* ---- each test has a runtime of its own ---- */

extern weir_rt *rt;
extern weir_error error;
int rt_begin(void **state);
int rt_end(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, rt_begin, rt_end)

/* ---- what is stored ---- */

/* "0", "1" ... as lines; the slow ones take 0.2 ms each. */
weir_stream *lines(int64_t n);
weir_stream *slow_lines(int64_t n);

/* On a thread of its own, one every 20 ms until it was enough: who reads only what is new has one,
 * whenever he begins. */
struct adding {
    void (*add)(const char *stream, unsigned from, unsigned n, size_t bytes);
    const char *stream;
    unsigned number;
    bool enough;
};
void *rig_add_on(void *adding);
void rig_added(struct adding *adding, pthread_t thread);

/* Runs a sink of so many. */
void run_sink(weir_stream *sink, uint64_t n);
void run_or_fail(weir_stream *sink, uint64_t n); /* either is right */
void fails(weir_stream *sink, weir_code code, const char *words);

/* ---- what is read ---- */

void take(weir_stream *stream, weir_message *message);
weir_job take_job(weir_stream *jobs);
void expect_error(weir_stream *stream, weir_code code, bool fatal, const char *words);

/* "none" where it has none. */
const char *header_of(const weir_message *message, const char *name);

/* What is behind the first message works for 2 s at it; what is left of the stream. */
weir_stream *work_long(weir_stream *messages);

/* n messages, whose marks are held to the end: whose source waits for one of them ends with an
 * error. */
void sorts_to_the_limit(weir_stream *messages, unsigned n);

/* Settles all after 200 ms. */
void *settle_later(void *keeper);

/* Messages that begin with 0 to n - 1, until all were there or it ends. */
void read_all(weir_stream *stream, unsigned n);

/* ---- jobs ---- */

/* On all processors; one in ten is to come again first. */
void work_at_all(weir_stream *jobs, unsigned n);

/* Held for 1.8 s, nothing comes, also not that one. */
void hold_job(weir_stream *jobs);

/* ---- memory ---- */

/* Calls body() with a runtime of its own, of that driver (NULL: the usual one), and the first
 * allocation fails, then the second ... until none does. Nothing may be left. Before each, if it is
 * not NULL, before(). */
void each_allocation_fails(const char *driver, void (*before)(void), void (*body)(void));

#endif
