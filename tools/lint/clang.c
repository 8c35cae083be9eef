#include "clang.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

struct clang_calls clang;

/* 19 back to 14: what Debian and its neighbours have; then whatever the machine calls libclang. */
static void *open_any(void)
{
    const char *named = getenv("WEIR_LIBCLANG");
    if (named && *named)
        return dlopen(named, RTLD_LAZY | RTLD_LOCAL);
    for (int version = 21; version >= 14; version--) {
        char name[32];
        snprintf(name, sizeof name, "libclang-%d.so.1", version);
        void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
        if (library)
            return library;
    }
    return dlopen("libclang.so", RTLD_LAZY | RTLD_LOCAL);
}

const char *clang_load(void)
{
    static char why[400];
    void *library = open_any();

    if (!library) {
        const char *named = getenv("WEIR_LIBCLANG");
        if (named && *named)
            snprintf(why, sizeof why, "WEIR_LIBCLANG: %s", dlerror());
        else
            snprintf(why, sizeof why,
                     "there is no libclang here: install libclang1-14 or later (Debian: apt-get "
                     "install libclang1), or set WEIR_LIBCLANG to its path");
        return why;
    }
#define CLANG_FIND_(name)                                                                          \
    *(void **)&clang.name = dlsym(library, "clang_" #name);                                        \
    if (!clang.name) {                                                                             \
        snprintf(why, sizeof why, "libclang has no clang_" #name ": 14 or later is wanted");       \
        return why;                                                                                \
    }
    CLANG_CALLS(CLANG_FIND_)
#undef CLANG_FIND_
    return NULL;
}
