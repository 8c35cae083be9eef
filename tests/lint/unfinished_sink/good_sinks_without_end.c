/* Nothing is lost with these: one takes everything, the other one is the caller's. */

#include <string.h>

#include "weir.h"

bool say(weir_writer *client, const char *text, weir_error *error)
{
    weir_writer *out = client ? weir_writer_by_ref(client) : weir_null_writer();
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY;
    weir_drop(out);
    return well;
}

bool measure(const char *text, weir_error *error)
{
    weir_writer *out = weir_null_writer();
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY;
    weir_drop(out);
    return well;
}
