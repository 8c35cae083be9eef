/* Two tasks side by side, waited for one after the other. */

#include "weir.h"

bool compare(const char *one, const char *two, bool *same, weir_error *error)
{
    uint64_t first, second;
    weir_stream *a = weir_spawn(weir_count(weir_lines(weir_file_reader(one), 4096)));
    weir_stream *b = weir_spawn(weir_count(weir_lines(weir_file_reader(two), 4096)));
    if (weir_await(a, &first, error) != WEIR_READY) {
        weir_drop(b);
        return false;
    }
    if (weir_await(b, &second, error) != WEIR_READY)
        return false;
    *same = first == second;
    return true;
}
