/* Used in one branch, given up in another, on the way out by goto. */

#include <stdio.h>

#include "weir.h"

bool transfer(const char *from, const char *to, bool dry, weir_error *error)
{
    bool well = false;
    weir_reader *in = weir_file_reader(from);
    weir_writer *out = weir_file_writer(to, NULL);
    if (dry)
        goto drop;
    if (weir_await(weir_copy(in, out), NULL, error) != WEIR_READY)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    else
        well = true;
    return well;
drop:
    weir_drop(in);
    weir_drop(out);
    return true;
}
