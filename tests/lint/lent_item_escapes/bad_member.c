/* A parser keeps the name of its section where the next line will stand, in a fiber. */
#include <string.h>

#include <weir.h>

struct parser {
    const char *path;
    const char *section;
    size_t section_size;
    weir_line first;
    bool found;
};

static weir_line current;

static bool parse(struct parser *self, uint64_t *keys, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(self->path), 1024);
    lines = weir_skip(lines, 1);
    *keys = 0;
    weir_for_try (weir_line, line, lines, *error) {
        if (!line.size || *line.data == '#')
            continue;
        if (!self->found) {
            self->first = line; // lint: lent_item_escapes 27-31
            self->found = true;
        }
        current = line; // lint: lent_item_escapes 19-23
        if (*line.data == '[') {
            self->section = line.data + 1; // lint: lent_item_escapes 29-33
            self->section_size = line.size - 1;
            continue;
        }
        if (self->section && memcmp(self->section, "server", self->section_size) == 0)
            ++*keys;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(parse_fn, parse, struct parser, uint64_t)

size_t current_size(void)
{
    return current.size;
}

weir_stream *keys_of(const char *path)
{
    return weir_fiber(&parse_fn, &(struct parser){.path = path}, NULL);
}
