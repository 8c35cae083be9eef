/* WEIR_INSPECT=1 in the environment. Read once, when the library is loaded; where it says nothing
 * there is no thread and no socket. With WEIR_INSPECT_EXACT=1 each turn is timed from the first one
 * on, and not from when somebody watches: what is short, or never waits, is seen as a whole. */

#include <stdlib.h>
#include <string.h>

#include "inspect/export.h"
#include "inspect/listen.h"

static bool is_on(const char *name)
{
    const char *value = secure_getenv(name); /* nobody looks into a program of more rights */
    return value && *value && strcmp(value, "0") != 0;
}

/* Also called where it is said in a program's text: in a static library this file is linked in only
 * by that. */
__attribute__((constructor)) void weir_inspect_from_env(void)
{
    static bool was_here;
    if (was_here || !is_on("WEIR_INSPECT"))
        return;
    was_here = true;
    if (is_on("WEIR_INSPECT_EXACT"))
        weir_export_watch_always();
    weir_inspect_listen_later(&WEIR_INSPECT_OPTIONS(.control = is_on("WEIR_INSPECT_CONTROL"),
                                                    .tap = is_on("WEIR_INSPECT_TAP")));
}
