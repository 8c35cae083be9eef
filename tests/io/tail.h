/* What the tests of a file that grows share. */
#ifndef WEIR_TESTS_TAIL_H
#define WEIR_TESTS_TAIL_H

#include "../driver/rig.h"

static const char *driver; /* of the runtimes made here */

static inline void append(const char *name, const char *text)
{
    FILE *file = fopen(rig_path(name), "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline const char *next_line(weir_rt *rt, weir_stream *lines, weir_error *error)
{
    static char text[100];
    weir_line line;
    weir_state got = weir_rt_next(rt, lines, &line, error);
    if (got != WEIR_READY)
        return got == WEIR_END ? "$" : "!";
    snprintf(text, sizeof text, "%.*s", (int)line.size, line.data);
    return text;
}

static inline void expect(weir_rt *rt, weir_stream *lines, const char *wanted)
{
    weir_error error = {0};
    const char *got = next_line(rt, lines, &error);
    if (strcmp(got, wanted) != 0)
        fail_msg("'%s' came, not '%s' %s", got, wanted, error.message);
}

static inline void rename_and_create(void)
{
    append("a", "3\n"); /* not read yet */
    rename(rig_path("a"), rig_path("a.1"));
    append("a.1", "4\n"); /* its writer has not noticed */
    append("a", "");
}

static char events[20]; /* as letters: truncated, replaced, gone, appeared */

static inline void note(void *arg, const char *path, weir_tail_event what)
{
    (void)path;
    assert_ptr_equal(arg, events);
    size_t n = strlen(events);
    if (n + 1 < sizeof events)
        events[n] = "TRGA"[what];
}

#endif
