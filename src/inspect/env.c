/* WEIR_INSPECT=1 in the environment. Read once, when the library is loaded; where it says nothing
 * there is no thread and no socket. */

#include <stdlib.h>
#include <string.h>

#include "task/worker.h"
#include "weir/inspect.h"

static bool is_on(const char *name)
{
    const char *value = getenv(name);
    return value && *value && strcmp(value, "0") != 0;
}

__attribute__((constructor)) static void begin_if_asked(void)
{
    weir_error error;
    weir_inspect_options options = WEIR_INSPECT_OPTIONS(.control = is_on("WEIR_INSPECT_CONTROL"),
                                                        .tap = is_on("WEIR_INSPECT_TAP"));
    if (is_on("WEIR_INSPECT") && !weir_inspect_listen(&options, &error))
        weir_error_report(NULL, &error, "WEIR_INSPECT");
}
