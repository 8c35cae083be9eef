/* What weir-sys copies of the headers, and weir_watch.rs of the system's, is what they say. */

#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <weir.h>
#include <weir/pipeline.h>

_Static_assert(WEIR_READY == 0 && WEIR_END == 2 && WEIR_ERROR == 3 && WEIR_E_USER == 10, "states");
_Static_assert(sizeof(weir_line) == 2 * sizeof(void *) && offsetof(weir_line, data) == 0 &&
                   offsetof(weir_line, size) == sizeof(void *),
               "lines");
_Static_assert(sizeof(weir_state) == sizeof(int) && sizeof(weir_code) == sizeof(int), "enums");

_Static_assert(WEIR_MISSED_BURST == 0 && sizeof(weir_missed) == sizeof(int), "missed ticks");

_Static_assert(sizeof(struct pollfd) == 8 && offsetof(struct pollfd, events) == 4 &&
                   offsetof(struct pollfd, revents) == 6 && sizeof(nfds_t) == sizeof(long),
               "descriptors");
_Static_assert(sizeof(struct timespec) == 2 * sizeof(long) &&
                   offsetof(struct timespec, tv_nsec) == sizeof(long),
               "times");
_Static_assert(sizeof(sigset_t) <= 128 && SIG_SETMASK == 2 && POLLIN == 1, "signals");

_Static_assert(sizeof(weir_note) == 4 * sizeof(size_t) + 256 + 128 &&
                   offsetof(weir_note, other_at) == 2 * sizeof(size_t) &&
                   offsetof(weir_note, message) == 4 * sizeof(size_t) &&
                   offsetof(weir_note, hint) == 4 * sizeof(size_t) + 256,
               "notes");
_Static_assert(sizeof(weir_parse_options) == 8 + 4 * sizeof(void *) &&
                   offsetof(weir_parse_options, allow) == 4 &&
                   offsetof(weir_parse_options, input) == 8 &&
                   offsetof(weir_parse_options, output) == 8 + sizeof(void *) &&
                   offsetof(weir_parse_options, on_note) == 8 + 2 * sizeof(void *) &&
                   offsetof(weir_parse_options, arg) == 8 + 3 * sizeof(void *),
               "options of a text");
_Static_assert(WEIR_ALLOW_READ == 1 && WEIR_ALLOW_WRITE == 2 && WEIR_ALLOW_NET == 4 &&
                   WEIR_ALLOW_EXEC == 8 && WEIR_ALLOW_BROKERS == 16,
               "what a text may");
