/* What a function in a fiber waits with, down to the bone: the waiter, and polls between its waits;
 * and what a program says that is ended by name. */
#ifndef WEIR_TESTS_WAITS_H
#define WEIR_TESTS_WAITS_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir.h"

static inline weir_poll wait_poll(weir_waiter *waiter, weir_stream *stream, void *out)
{
    weir_cx *cx = waiter->cx;
    if (!weir_spend(cx))
        return waiter->cancelled ? (weir_poll){0, WEIR_PENDING} : weir_wait_turn(cx);
    cx->depth = (uint16_t)(waiter->depth + stream->stage.depth);
    cx->polling++;
    weir_poll got = weir_poll_next(stream, cx, out, 1);
    cx->polling--;
    return got;
}

/* The next item, waited for. */
static inline weir_state wait_next(weir_stream *stream, void *out, weir_error *error)
{
    weir_waiter *waiter = weir_waiter_here();
    for (;;) {
        weir_poll got = wait_poll(waiter, stream, out);
        if (got.n)
            return WEIR_READY;
        if (got.state == WEIR_ERROR)
            *error = waiter->cx->error;
        if (got.state != WEIR_PENDING)
            return got.state;
        if (waiter->wait(waiter))
            continue;
        weir_error_set(error, WEIR_E_STOPPED, "dropped");
        return WEIR_ERROR;
    }
}

/* What a plain loop does with an error that nobody takes. */
static inline void leave_error(weir_code code, const char *text)
{
    weir_waiter *waiter = weir_waiter_here();
    weir_error_set(waiter->error, code, "%s", text);
    waiter->failed = true;
}

/* The program is ended while it runs this, and says the sentence on stderr; "": nothing. */
static inline bool dies_saying(void (*run)(void), const char *sentence)
{
    int ends[2];
    char said[4096] = "";
    if (pipe(ends))
        return false;
    pid_t child = fork();
    if (!child) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        dup2(ends[1], STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL); /* cmocka has a handler */
        run();
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; n < sizeof said - 1 && (got = read(ends[0], said + n, sizeof said - 1 - n));)
        n += got > 0 ? (size_t)got : 0;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    bool ended = WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status));
    bool right = *sentence ? strstr(said, sentence) != NULL : !*said;
    if (!ended || !right)
        fprintf(stderr, "status %x, and it said: %s\n", (unsigned)status, said);
    return ended && right;
}

#endif
