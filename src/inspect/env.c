/* WEIR_INSPECT=1 in the environment. Read once, when the library is loaded; where it says nothing
 * there is no thread and no socket. */

#include <stdlib.h>
#include <string.h>

#include "inspect/listen.h"

static bool is_on(const char *name)
{
    const char *value = getenv(name);
    return value && *value && strcmp(value, "0") != 0;
}

__attribute__((constructor)) static void begin_if_asked(void)
{
    if (!is_on("WEIR_INSPECT"))
        return;
    weir_inspect_listen_later(&WEIR_INSPECT_OPTIONS(.control = is_on("WEIR_INSPECT_CONTROL"),
                                                    .tap = is_on("WEIR_INSPECT_TAP")));
}
