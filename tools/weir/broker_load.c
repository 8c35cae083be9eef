/* Modules of brokers: what their libraries do for the command, loaded where a pipeline names one.
 * Modules use the libweir that is in the command: tools/weir/meson.build has it export what they
 * ask for. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker_load.h"

#ifdef WEIR_BROKERS_INSIDE

static const struct {
    const char *name;
    const struct broker_calls *calls;
} inside[] = {WEIR_BROKERS_INSIDE};

bool broker_load(const struct host *host, const struct broker *broker, char *why, size_t size)
{
    (void)host;
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        if (!strcmp(inside[i].name, broker->name))
            *broker->calls = inside[i].calls;
    snprintf(why, size, "it was built without %s", broker->library);
    return *broker->calls;
}

#else

static bool take(const struct broker *broker, void *module, char *why, size_t size)
{
    char name[40];

    snprintf(name, sizeof name, "broker_%s_calls", broker->name);
    const struct broker_calls *calls = dlsym(module, name);
    bool ours = calls && !strcmp(calls->version, WEIR_VERSION);
    if (ours && calls->node_bytes == sizeof(struct node)) {
        *broker->calls = calls;
        return true;
    }
    snprintf(why, size, "weir-%s.so is of another %s than the command", broker->name,
             ours ? "build" : "version");
    return false;
}

/* Where the command itself is; in `out`, with nothing behind it: nobody says. */
static void put_folder(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);

    out[n > 0 ? n : 0] = 0;
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = 0;
}

/* Beside the command, as it was built; from there, as it was installed, or moved as a whole. */
static bool find(const char *name, char *path, size_t size)
{
    static const char *const folders[] = {".", WEIR_MODULES};
    char here[PATH_MAX];

    put_folder(here, sizeof here);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *folder = folders[i];
        snprintf(path, size, "%s%s%s/weir-%s.so", *folder == '/' ? "" : here,
                 *folder == '/' ? "" : "/", folder, name);
        if (!access(path, R_OK))
            return true;
    }
    return false;
}

bool broker_load(const struct host *host, const struct broker *broker, char *why, size_t size)
{
    char path[2 * PATH_MAX];

    (void)host;
    if (*broker->calls)
        return true;
    if (!find(broker->name, path, sizeof path)) {
        snprintf(why, size, "weir-%s.so is not found, neither beside it nor in %s", broker->name,
                 WEIR_MODULES);
        return false;
    }
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module)
        return take(broker, module, why, size);
    snprintf(why, size, "%s", dlerror());
    return false;
}

#endif
