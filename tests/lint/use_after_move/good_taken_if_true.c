/* Taken only where the answer is true: a set that is full leaves the future to who made it. */

#include <stdio.h>

#include "weir.h"

bool start(weir_set *set, const char *path)
{
    weir_stream *work = weir_count(weir_lines(weir_file_reader(path), 4096));
    if (weir_set_push(set, work))
        return true;
    fprintf(stderr, "%s is one too many\n", path);
    weir_drop(work);
    return false;
}

bool start_or_wait(weir_set *set, weir_stream *work, weir_error *error)
{
    bool pushed = weir_set_push(set, work);
    if (!pushed)
        return weir_await(work, NULL, error) == WEIR_READY;
    return true;
}
