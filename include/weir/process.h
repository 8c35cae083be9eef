/* weir/process.h: other programs, as readers and writers. */
#ifndef WEIR_PROCESS_H
#define WEIR_PROCESS_H

#include "weir/duplex.h"

WEIR_BEGIN_C

/* What a child has as one of its three descriptors. */
typedef enum weir_stdio {
    WEIR_STDIO_INHERIT, /* what the program has there */
    WEIR_STDIO_PIPE,    /* the other end of a pipe: a reader or a writer for us */
    WEIR_STDIO_NULL     /* /dev/null */
} weir_stdio;

enum { WEIR_EXEC_BYTES_MAX = 2 << 20 }; /* of a command: its arguments and its environment */
#define WEIR_EXEC_GRACE_NS 5000000000ull

typedef struct weir_exec_options {
    uint32_t size;           /* sizeof(weir_exec_options) */
    weir_stdio in, out, err; /* said by none: it has what the program has */
    const char *const *env;  /* "NAME=value" ..., NULL; instead of the program's own. NULL: that */
    const char *dir;         /* where it runs; NULL: here */
    const char *name;        /* in messages; NULL: argv[0] */
    uint64_t grace_ns;       /* between SIGTERM and SIGKILL; 0: five seconds */
    /* A child that fails is an error of its pipes too: `out` and `err` end, behind all bytes, with
     * "exit status 3 of 'sort'" instead of an END that would look complete, and `in` is closed when
     * the child has ended well. */
    bool must_succeed;
} weir_exec_options;

/* WEIR_EXEC_OPTIONS(.out = WEIR_STDIO_PIPE) */
#define WEIR_EXEC_OPTIONS(...) ((weir_exec_options){.size = sizeof(weir_exec_options), __VA_ARGS__})

/* What a child came to. */
typedef struct weir_exit_status {
    int code;  /* 0: well; -1: it was ended by a signal */
    int signo; /* which; 0: by none */
} weir_exit_status;
WEIR_API extern const weir_type weir_type_exit_status;

/* It ended by itself, with 0.
 *
 * Example:
 *     p(weir_exit_success((weir_exit_status){.code = 0})); // -> true
 *     p(weir_exit_success((weir_exit_status){.code = 1})); // -> false
 */
static inline bool weir_exit_success(weir_exit_status status)
{
    return !status.code && !status.signo;
}

/* Each is a chain of its own: they go into different chains of one worker, and are dropped
 * apart. NULL: not wanted. */
typedef struct weir_child_parts {
    weir_writer *in;
    weir_reader *out, *err;
    weir_stream *status; /* a future of weir_exit_status */
} weir_child_parts;

/* Runs another program. argv[0] is looked up in PATH, and argv ends with NULL; no shell has a look
 * at it. options NULL: it has the program's own input and outputs.
 *
 * Nothing happens before the first poll of one of its parts; then the child begins, with no signal
 * blocked or ignored, and with no descriptor of the library's. `in` waits while its pipe is full,
 * `out` and `err` read no further than somebody asks: who pipes both and reads only one may find
 * the child waiting for the other. Closing `in` is its end of input.
 *
 * Dropping all parts ends the child: SIGTERM, and after the grace SIGKILL, on the runtime's timer;
 * it is reaped in any case. Where the runtime goes too nobody can wait: then the grace is a tenth
 * of a second, and a child that hangs in the kernel for more than one second more is left to
 * whoever reaps what the program leaves. Only the process itself is told, not what it started; of a
 * shell command (below) SIGTERM goes to what the shell has started too, since it passes none on.
 * `in` that is dropped without being closed gave up: the child is told before its input ends, so
 * that it does not take a part for the whole, and one that has not begun does not begin ("operation
 * canceled"). Closing `in` after weir_rt_stop() cut what was copied into it is an error, STOPPED,
 * for the same reason. A runtime that was told to stop cuts the outputs and the status, but for who
 * polls them with cx->draining set: then a child that has begun goes on to its end.
 * Shape: what weir_fd_reader() and weir_fd_writer() have for pipes; the command is copied.
 * Errors: of each part: SYSTEM when it could not be started, with its name; ARGUMENT for no argv;
 * LIMIT for a command longer than WEIR_EXEC_BYTES_MAX. Of must_succeed: USER, error.number its
 * status, or 128 and the signal. Writing to a child that has closed its input: CLOSED, unless it
 * must succeed and is over within a second: then that says more. SYSTEM (no child processes) when
 * somebody else has reaped it.
 * Source: tokio Command, Go exec.Cmd: kill_on_drop with a grace; wait() does not close `in`.
 *
 * Example:
 *     const char *argv[] = {"echo", "hello", NULL};
 *     weir_child_parts child = weir_exec(argv, &WEIR_EXEC_OPTIONS(.out = WEIR_STDIO_PIPE));
 *     p(child.out); // -> hello\n
 *     child.out = NULL;
 *     weir_child_parts_drop(child);
 */
WEIR_API weir_child_parts weir_exec(const char *const *argv,
                                    const weir_exec_options *options) WEIR_MUST_USE;

/* Drops all parts that are there.
 *
 * Example:
 *     const char *argv[] = {"true", NULL};
 *     weir_child_parts_drop(weir_exec(argv, NULL));
 *     p("nothing of it is left here"); // -> nothing of it is left here
 */
WEIR_API void weir_child_parts_drop(weir_child_parts parts WEIR_TAKES);

/* What `/bin/sh -c command` writes. It has /dev/null as input, and the program's own error output.
 * A command that fails is an error behind its bytes (must_succeed), never an END.
 * Source: popen "r", but it cannot lose the status.
 *
 * Example:
 *     p(weir_exec_reader("echo hello")); // -> hello\n
 *     p(weir_exec_reader("exit 3")); // -> !USER
 */
WEIR_NEW weir_reader *weir_exec_reader(const char *command);

/* What is written is the input of `/bin/sh -c command`, whose outputs are the program's own.
 * Closing waits until it is over; that it failed is the error of closing.
 * Source: popen "w".
 *
 * Example:
 *     p(weir_copy(text("hello"), weir_exec_writer("cat >greeting.txt"))); // -> 5
 *     p(weir_file_reader("greeting.txt")); // -> hello
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_exec_writer(const char *command);

/* Both at once, through a command that must succeed: what is written is its input, what it writes
 * is read. Two tasks, or one that polls both, work at its ends.
 *
 * Example:
 *     weir_duplex upper = weir_exec_duplex("tr a-z A-Z");
 *     p(weir_copy(text("hello"), upper.writer)); // -> 5
 *     p(upper.reader); // -> HELLO
 */
WEIR_API weir_duplex weir_exec_duplex(const char *command) WEIR_MUST_USE;

WEIR_END_C

#endif
