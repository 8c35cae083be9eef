/* A generator gives each name to who polls it, and waits for nothing else. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct found {
    char path[4096];
};

struct walk {
    const char *directory;
    const char *suffix;
};

static bool names(struct walk *walk, weir_error *error)
{
    weir_for_try (weir_dir_entry, entry, weir_read_dir(walk->directory), *error) {
        const char *dot = strrchr(entry.name, '.');
        struct found file;
        if (entry.kind != WEIR_ENTRY_FILE || !dot || strcmp(dot, walk->suffix) != 0)
            continue;
        snprintf(file.path, sizeof file.path, "%.3800s/%.255s", walk->directory, entry.name);
        if (!weir_yield(struct found, file))
            break;
    }
    return error->code == WEIR_OK;
}
WEIR_GENERATOR_FN(names_fn, names, struct walk, struct found)

static bool entries(const char **directory, weir_error *error)
{
    weir_for_await (weir_dir_entry, entry, weir_read_dir(*directory))
        if (entry.kind == WEIR_ENTRY_FILE && !weir_yield(weir_dir_entry, entry))
            break;
    return !weir_take_error(error);
}
WEIR_GENERATOR_FN(entries_fn, entries, const char *, weir_dir_entry)

weir_stream *sources_of(const char *directory)
{
    struct walk walk = {directory, ".c"};
    return weir_generator(&names_fn, &walk, NULL);
}

weir_stream *entries_of(const char *directory)
{
    return weir_generator(&entries_fn, &directory, NULL);
}
