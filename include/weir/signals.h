/* weir/signals.h: signals of the process as items. */
#ifndef WEIR_SIGNALS_H
#define WEIR_SIGNALS_H

#include "weir/stream.h"

WEIR_BEGIN_C

typedef struct weir_signal {
    int32_t signo;
    uint64_t count; /* how often it came since the item before; the kernel may have joined some */
} weir_signal;
WEIR_API extern const weir_type weir_type_signal;

enum { WEIR_SIGNALS_MAX = 16 }; /* streams of one signal at a time, in the whole process */

/* Signals with this number, from the first poll on: it puts a handler in place of what stood there
 * (SA_RESTART, so that nobody's calls are cut short), which is put back when the last stream of the
 * signal is dropped or has ended. Until the first poll the signal does what it did. Any number up
 * to WEIR_SIGNALS_MAX of streams of one signal, on any runtimes and threads, are each told of all.
 * The handler adds to a number that the kernel keeps, and no more: a signal handler of your own may
 * not call weir_waker_wake() or anything else of weir but weir_rt_stop(). A process that was forked
 * off is told nothing of what its parent began.
 * Shape: an item for all that came since the last one; one descriptor. It ends with the runtime.
 * Errors: ARGUMENT for what cannot be caught, or would come again at once when the handler returns
 * (SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL); LIMIT; SYSTEM where the kernel refuses.
 * Source: tokio signal (which never gives the old action back).
 *
 * Example:
 *     weir_signal came;
 *     weir_stream *first = weir_spawn(weir_take(weir_signals(15), 1)); // SIGTERM
 *     p(weir_sleep(MS)); // -> done
 *     p(weir_exec_reader("kill -TERM $PPID")); // ->
 *     p(answer(weir_await(first, &came, NULL))); // -> READY
 *     p(came.signo); // -> 15
 */
WEIR_ITEM(weir_signal)
WEIR_NEW weir_stream *weir_signals(int signo);

/* SIGINT, once: a future of weir_signal. Dropped, or over, ^C does again what it did before.
 * Source: tokio ctrl_c.
 *
 * Example:
 *     p(weir_timeout(weir_ctrl_c(), 5 * MS)); // -> !TIMEOUT
 */
WEIR_ITEM(weir_signal)
WEIR_NEW weir_stream *weir_ctrl_c(void);

WEIR_END_C

#endif
