/* The line gets the bytes of the program's own: what is stored points into those, not into it. */
#include <string.h>

#include <weir.h>

struct arena {
    char bytes[65536];
    size_t used;
};

struct names {
    struct arena arena;
    weir_line names[100];
    size_t n;
};

static const char *arena_copy(struct arena *arena, weir_line line)
{
    char *copy = arena->bytes + arena->used;
    if (line.size > sizeof arena->bytes - arena->used)
        return NULL;
    memcpy(copy, line.data, line.size);
    arena->used += line.size;
    return copy;
}

bool names_read(struct names *self, const char *path, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(path), 256), *error) {
        const char *copy = arena_copy(&self->arena, line);
        if (!copy || self->n == 100)
            break;
        line.data = copy;
        self->names[self->n].data = copy;
        self->names[self->n++].size = line.size;
    }
    return error->code == WEIR_OK;
}
