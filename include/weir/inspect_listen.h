/* weir/inspect_listen.h: tells others, while the program runs, what weir/inspect.h counts: stages,
 * rows of what they do, tasks, a trace, at a unix socket, in lines of JSON.
 *
 *     if (!weir_inspect_listen(NULL, &error))
 *         fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
 *
 * or WEIR_INSPECT=1 in the environment of a program that is linked with the shared library, which
 * costs nothing where it is not set: there is no thread and no socket. */
#ifndef WEIR_INSPECT_LISTEN_H
#define WEIR_INSPECT_LISTEN_H

#include "weir/inspect.h"

WEIR_BEGIN_C

/* What is told of this process, and to whom, has these bounds. */
enum {
    WEIR_INSPECT_CLIENTS_MAX = 8,       /* at once; who comes then is told so, and goes */
    WEIR_INSPECT_KEPT_BYTES = 64 << 10, /* for a client that does not read: old rows go first */
    WEIR_INSPECT_LINE_BYTES = 16 << 10, /* of a line that is told, its end included */
    WEIR_INSPECT_COMMAND_BYTES = 256,   /* of a line that a client says */
    WEIR_INSPECT_PERIOD_MS_MIN = 100,   /* rows come no more often */
    WEIR_INSPECT_PERIOD_MS = 250,       /* ... and so often, where a client says nothing of it */
    WEIR_INSPECT_PERIOD_MS_MAX = 3600000,
    WEIR_INSPECT_STAGES_TOLD_MAX = 1024, /* of all runtimes; of those beyond nothing is told */
    WEIR_INSPECT_RUNTIMES_MAX = 64,      /* that are looked at, the newest first */
    WEIR_INSPECT_ITEM_BYTES = 256        /* of an item that is shown, as text */
};

typedef struct weir_inspect_options {
    uint32_t size; /* sizeof(weir_inspect_options) */
    bool control;  /* clients may change limits of stages */
    bool tap;      /* clients may see items */
    /* Where the socket is made, as PID.sock; it is made too, with mode 0700, if its parent is
     * there. NULL: $XDG_RUNTIME_DIR/weir, or where that cannot be /tmp/weir-UID. */
    const char *directory;
} weir_inspect_options;

/* weir_inspect_listen(&WEIR_INSPECT_OPTIONS(.control = true), &error) */
#define WEIR_INSPECT_OPTIONS(...)                                                                  \
    ((weir_inspect_options){.size = sizeof(weir_inspect_options), __VA_ARGS__})

/* Tells those who ask at a unix socket of mode 0600 what all runtimes of this process do, in lines
 * of JSON: docs/inspector.md says which. Only processes of the same user, and of root, are heard.
 * A thread of its own does that, which stops no worker; it ends with the process. In a process that
 * is forked off nobody listens. Again: nothing, whatever the options are. options: NULL, as usual.
 * Errors, and false: SYSTEM; ARGUMENT for a directory that others may write to, that is another
 * user's, or no directory, as a link is none; MEMORY.
 * The same is brought about by WEIR_INSPECT=1, with WEIR_INSPECT_CONTROL=1 and WEIR_INSPECT_TAP=1
 * for the options. With WEIR_INSPECT_EXACT=1 besides it, rows are exact from the first turn on, and
 * not from when the first client watches.
 *
 * Example:
 *     weir_error error;
 *     p(weir_inspect_listen(&WEIR_INSPECT_OPTIONS(.directory = "looked-at"), &error)); // -> true
 *     weir_inspect_stop();
 */
WEIR_API bool weir_inspect_listen(const weir_inspect_options *options,
                                  weir_error *error) WEIR_MUST_USE;

/* For the first line of main() of a program that is linked statically: has WEIR_INSPECT be heard.
 * Again, or with the shared library: nothing.
 *
 * Example:
 *     weir_inspect_from_env();
 *     p("nothing, where WEIR_INSPECT is not set"); // -> nothing, where WEIR_INSPECT is not set
 */
WEIR_API void weir_inspect_from_env(void);

/* Says so to all clients, removes the socket, ends the thread. Nobody listened: nothing.
 *
 * Example:
 *     weir_inspect_stop();
 *     p("nobody listened"); // -> nobody listened
 */
WEIR_BLOCKS
WEIR_API void weir_inspect_stop(void);

/* Writes the path of the socket of a process, with a NUL: false where it has no room. pid 0: this
 * one's own. directory: as above.
 *
 * Example:
 *     char path[64];
 *     p(weir_inspect_path("looked-at", 42, path, sizeof path)); // -> true
 *     p(path); // -> looked-at/42.sock
 */
WEIR_API bool weir_inspect_path(const char *directory, int pid, char *out, size_t size);

WEIR_END_C

#endif
