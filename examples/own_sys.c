/* System calls of the program's own, on a simulated machine: the second file cannot be opened, and
 * an hour takes no time. */

#include <errno.h>
#include <stdio.h>

#include "weir.h"

struct flaky {
    weir_sys sys; /* first: it is what each function is given */
    int opens;
};

static int flaky_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    struct flaky *self = (struct flaky *)sys;
    if (++self->opens == 2)
        return -EMFILE;
    return sys->base->open(sys->base, dir, path, flags, mode);
}

static void report(const char *what, weir_state got, const weir_error *error)
{
    printf("%s: %s\n", what, got == WEIR_READY ? "done" : WEIR_ERROR_TEXT(error));
}

int main(void)
{
    struct flaky flaky = {0};
    weir_sys_wrap(&flaky.sys, NULL); /* all others are the real ones */
    flaky.sys.open = flaky_open;

    weir_error error;
    weir_rt *rt =
        weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .seed = 7, .sys = &flaky.sys), &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;

    weir_reader *both =
        weir_chain_reader(weir_file_reader("/dev/null"), weir_file_reader("/dev/null"));
    weir_state got = weir_rt_run(rt, weir_copy(both, weir_null_writer()), NULL, &error);
    report("two files", got, &error);

    got = weir_rt_run(rt, weir_sleep(3600ull * 1000 * 1000 * 1000), NULL, &error);
    report("an hour", got, &error);
    weir_rt_drop(rt);
    return 0;
}
