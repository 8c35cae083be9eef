/* Which driver a worker has: the one that is asked for, or the best there is. */

#include "task/drivers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/system_text.h"
#include "task/tools.h"

typedef weir_driver *make_driver(const weir_driver_config *config, struct weir_refusal *why);

static const struct {
    const char *name;
    make_driver *make;
} drivers[] = {{"uring", weir_driver_uring},
#ifdef WEIR_HAVE_KQUEUE
               {WEIR_DRIVER_PLAIN, weir_driver_kqueue},
#else
               {WEIR_DRIVER_PLAIN, weir_driver_epoll},
#endif
               {"sim", weir_driver_sim}};

enum { DRIVERS = sizeof drivers / sizeof *drivers };

const char *weir_descriptor_cure(int number)
{
    bool files = number == EMFILE || number == ENFILE;
    return files ? "a higher limit of open files (ulimit -n)" : NULL;
}

static weir_driver *named_driver(const char *name, const weir_driver_config *config,
                                 weir_error *error)
{
    for (size_t i = 0; i < DRIVERS; i++) {
        if (strcmp(name, drivers[i].name) != 0)
            continue;
        struct weir_refusal why = {NULL, 0};
        weir_driver *driver = drivers[i].make(config, &why);
        if (driver)
            return driver;
        weir_error_set(error, WEIR_E_SYSTEM, "the driver '%s' does not work here: %s%s%s", name,
                       why.call, why.error ? ": " : "",
                       why.error ? weir_errno_text(-why.error) : "");
        error->number = -why.error;
        error->cure = strcmp(name, WEIR_DRIVER_PLAIN) != 0 ? "the driver '" WEIR_DRIVER_PLAIN "'"
                                                           : weir_descriptor_cure(-why.error);
        return NULL;
    }
    weir_error_set(error, WEIR_E_ARGUMENT,
                   "no driver is called '%s'; there are uring, " WEIR_DRIVER_PLAIN " and sim",
                   name);
    error->cure = "leave it out (WEIR_DRIVER, or the option): the best one is taken";
    return NULL;
}

static weir_driver *any_driver(const weir_driver_config *config, weir_error *error)
{
    struct weir_refusal why;
    weir_driver *driver = weir_tools_serialize() ? NULL : weir_driver_uring(config, &why);
    return driver ? driver : named_driver(WEIR_DRIVER_PLAIN, config, error);
}

/* The only place that looks at the environment. */
static const char *drivers_wanted(const char *name)
{
    name = name ? name : getenv("WEIR_DRIVER");
    return name && *name ? name : NULL;
}

weir_driver *weir_driver_named(const char *name, const weir_driver_config *config,
                               weir_error *error)
{
    name = drivers_wanted(name);
    return name ? named_driver(name, config, error) : any_driver(config, error);
}
