/* Children are started and waited for by the runtime. */
#include <stdio.h>

#include <weir.h>

struct picture {
    char path[200];
};

static bool run(const char *command, weir_error *error)
{
    weir_stream *copy = weir_copy(weir_exec_reader(command), weir_null_writer());
    return weir_await(copy, NULL, error) == WEIR_READY;
}

WEIR_TRY_PAR_FN(shrink, struct picture, picture, void *, arg, error)
{
    char command[512];
    (void)arg;
    snprintf(command, sizeof command, "convert '%s' -resize 50%% '%s'", picture.path, picture.path);
    if (!run(command, error))
        return false;
    snprintf(command, sizeof command, "touch '%s.done'", picture.path);
    return run(command, error);
}

weir_stream *shrink_all(weir_stream *pictures)
{
    return weir_par_for_each(pictures, &shrink, NULL, 8, NULL);
}
