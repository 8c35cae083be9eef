/* What weir-sys copies of the headers, and watch.rs of the system's, is what they say. */

#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <weir.h>

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
