/* What outlives the line is copied into the parser. */
#include <string.h>

#include <weir.h>

struct parser {
    const char *path;
    char section[64];
    size_t section_size;
    char first[64];
    bool found;
};

static size_t current;

static bool parse(struct parser *self, uint64_t *keys, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(self->path), 1024);
    lines = weir_skip(lines, 1);
    *keys = 0;
    weir_for_try (weir_line, line, lines, *error) {
        if (!line.size || *line.data == '#')
            continue;
        if (!self->found) {
            weir_format(self->first, sizeof self->first, "%.*s", (int)line.size, line.data);
            self->found = true;
        }
        current = line.size;
        if (*line.data == '[') {
            self->section_size = line.size - 1 < 64 ? line.size - 1 : 64;
            memcpy(self->section, line.data + 1, self->section_size);
            continue;
        }
        if (self->section_size == 6 && memcmp(self->section, "server", 6) == 0)
            ++*keys;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(parse_fn, parse, struct parser, uint64_t)

size_t current_size(void)
{
    return current;
}

weir_stream *keys_of(const char *path)
{
    return weir_fiber(&parse_fn, &(struct parser){.path = path}, NULL);
}
