/* Modules of brokers: what their libraries do for a pipeline, loaded where one names them. Modules
 * use the libweir that is there already: the command's own, of which tools/weir/meson.build has it
 * export what they ask for, or the one that a program is linked with. */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "pipeline/broker.h"

/* Texts are parsed on any thread. */
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;

#ifdef WEIR_BROKERS_INSIDE

/* NULL: the program was linked without. */
static const struct {
    const char *name;
    const struct broker_calls *calls;
} inside[] = {
    {"nats", &broker_nats_calls}, {"kafka", &broker_kafka_calls}, {"redis", &broker_redis_calls}};

static bool load(const struct broker *broker, char *why, size_t size)
{
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
    snprintf(why, size, "weir-%s.so is of another %s than this weir", broker->name,
             ours ? "build" : "version");
    return false;
}

/* The file of libweir-pipeline, where this code is in that; NULL: it is in the program. */
static const char *library_path(void)
{
    Dl_info here, program;
    bool known = dladdr(&load_lock, &here) && dladdr((void *)getauxval(AT_ENTRY), &program);

    return known && here.dli_fbase != program.dli_fbase ? here.dli_fname : NULL;
}

/* The folder of that file; with nothing in it: nobody says. */
static void put_folder(const char *file, char out[PATH_MAX])
{
    if (!realpath(file, out))
        *out = 0;
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = 0;
}

/* Beside it, as the command was built; from there, as it was installed, or moved as a whole; as the
 * library was built. */
static bool find(const char *name, char *path, size_t path_size, char *why, size_t size)
{
    const char *library = library_path();
    const char *const folders[] = {".", library ? "weir" : WEIR_MODULES, "tools/weir"};
    char here[PATH_MAX];

    put_folder(library ? library : "/proc/self/exe", here);
    for (size_t i = 0; i < (library ? 3 : 2); i++) {
        const char *folder = folders[i];
        snprintf(path, path_size, "%s%s%s/weir-%s.so", *folder == '/' ? "" : here,
                 *folder == '/' ? "" : "/", folder, name);
        if (!access(path, R_OK))
            return true;
    }
    snprintf(why, size, "weir-%s.so is not found, neither beside it nor in %s", name, folders[1]);
    return false;
}

/* To a module: where it was loaded itself, by Python say, nobody sees it yet. */
static void show_library(void)
{
    const char *library = library_path();

    if (library)
        dlopen(library, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

static bool load(const struct broker *broker, char *why, size_t size)
{
    char path[2 * PATH_MAX];

    if (*broker->calls)
        return true;
    if (!find(broker->name, path, sizeof path, why, size))
        return false;
    show_library();
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module)
        return take(broker, module, why, size);
    snprintf(why, size, "%s", dlerror());
    return false;
}

#endif

bool weir_pl_broker_load(const struct broker *broker, char *why, size_t size)
{
    pthread_mutex_lock(&load_lock);
    bool there = load(broker, why, size);
    pthread_mutex_unlock(&load_lock);
    return there;
}
