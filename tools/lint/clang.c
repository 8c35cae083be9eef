#include "clang.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum { OLDEST = 14, NEWEST = 24 };

struct clang_calls clang;

/* Debian calls it libclang-14.so.1, others libclang.so.14 or libclang.so.18.1. */
static void *open_version(int version)
{
    static const char *const names[] = {"libclang-%d.so.1", "libclang.so.%d", "libclang.so.%d.1"};
    void *library = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
        char name[32];
        snprintf(name, sizeof name, names[i], version);
        library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    }
    return library;
}

/* Whether the headers that belong to it (stddef.h, immintrin.h) are there too. */
static bool has_headers(int version)
{
    char pattern[64];
    glob_t found;
    snprintf(pattern, sizeof pattern, "/usr/lib/llvm-%d/lib/clang/*/include", version);
    bool some = glob(pattern, 0, NULL, &found) == 0;
    globfree(&found);
    return some;
}

/* The newest one that has its headers; else the newest. */
static void *open_any(void)
{
    void *library = NULL;

    for (int whole = 1; whole >= 0 && !library; whole--)
        for (int version = NEWEST; version >= OLDEST && !library; version--)
            if (!whole || has_headers(version))
                library = open_version(version);
    return library ? library : dlopen("libclang.so", RTLD_LAZY | RTLD_LOCAL);
}

/* The one that is not there; NULL: all are. */
static const char *find_calls(void *library)
{
#define CLANG_NAME_(name) "clang_" #name,
    static const char *const names[] = {CLANG_CALLS(CLANG_NAME_)};
#undef CLANG_NAME_
    enum { CALLS = sizeof names / sizeof *names };
    _Static_assert(sizeof clang == CALLS * sizeof(void *),
                   "a pointer for each name, in their order");

    for (size_t i = 0; i < CALLS; i++) {
        void *call = dlsym(library, names[i]);
        if (!call)
            return names[i];
        memcpy((char *)&clang + i * sizeof call, &call, sizeof call);
    }
    return NULL;
}

const char *clang_load(void)
{
    static char why[400];
    const char *named = getenv("WEIR_LIBCLANG");
    bool is_named = named && *named;
    void *library = is_named ? dlopen(named, RTLD_LAZY | RTLD_LOCAL) : open_any();

    if (!library) {
        if (is_named)
            snprintf(why, sizeof why, "WEIR_LIBCLANG: %s", dlerror());
        else
            snprintf(why, sizeof why,
                     "there is no libclang here: install libclang1-14 or later (Debian: apt-get "
                     "install libclang1), or set WEIR_LIBCLANG to its path");
        return why;
    }
    const char *missing = find_calls(library);
    if (!missing)
        return NULL;
    snprintf(why, sizeof why, "libclang has no %s: 14 or later is wanted", missing);
    return why;
}

const char *lint_about(void)
{
    static char about[200];
    const char *lacks = clang_load();

    if (lacks)
        return lacks;
    CXString version = clang.getClangVersion();
    snprintf(about, sizeof about, "%s", clang.getCString(version));
    clang.disposeString(version);
    return about;
}
