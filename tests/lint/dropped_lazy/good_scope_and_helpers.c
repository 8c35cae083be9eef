/* Given to a scope, to a macro of the program's own, to a function behind a pointer. */

#include <stdio.h>

#include "weir.h"

#define RUN(future) run_or_tell((future), __LINE__)

static bool run_or_tell(weir_stream *future, int line)
{
    weir_error error;
    if (weir_run(future, NULL, &error) != WEIR_ERROR)
        return true;
    fprintf(stderr, "line %d: %s\n", line, WEIR_ERROR_TEXT(&error));
    return false;
}

typedef void take_over(weir_stream *stream, void *arg);

int serve_files(char **paths, int n, take_over *take, void *arg)
{
    weir_scope (all) {
        for (int i = 0; i < n; i++) {
            weir_stream *copy = weir_copy(weir_file_reader(paths[i]), weir_null_writer());
            weir_scope_spawn(&all, copy);
        }
    }
    weir_stream *rest = weir_glob("spool/*");
    take(rest, arg);
    weir_stream *slept = weir_sleep(1000);
    return RUN(slept) ? 0 : 1;
}
