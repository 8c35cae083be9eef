/* Cases that hold for a stream of NATS and of Redis alike: the same words, whoever serves. */
#ifndef WEIR_TESTS_BROKER_CASES_H
#define WEIR_TESTS_BROKER_CASES_H

#include "killed.h"
#include "rig.h"

/* 0: the usual. */
struct limits {
    size_t message_bytes_max;
    uint32_t receipts_max, fetch_max;
    unsigned away_ms; /* then another one gets it */
    uint64_t drain_ns;
};

/* What a folder's broker.c says of its own. */
struct engine {
    const char *worker,
        *long_kill; /* a program, and the variable that says how long it is killed */
    const char *(*dir)(void);
    const char *(*at)(void);
    void (*start)(void);
    void (*kill)(void);
    void (*make)(const char *stream, unsigned away_ms);
    void (*add)(const char *stream, unsigned from, unsigned n, size_t bytes);
    weir_stream *(*read)(const char *stream, const struct limits *limits);
    uint64_t (*open)(const char *stream);    /* given, and not acknowledged */
    bool (*is_done)(const char *stream);     /* all is acknowledged */
    uint64_t (*strayed)(const char *stream); /* of what is open: given twice, or about to be */
};
extern const struct engine engine;

/* ---- source ---- */

void what_is_lost_comes_again(void **state);
void large_ones_are_told(void **state);
void what_is_open_is_bounded(void **state);
void slow_sinks_keep_what_they_have(void **state);
void stop_does_not_wait_for_ever(void **state);

/* ---- changes ---- */

void the_server_comes_back(void **state);
void the_server_is_late(void **state);
void *kill_and_start(void *arg); /* soon */

/* ---- kill ---- */

void nothing_is_lost(void **state);
void the_control_loses(void **state);

#endif
