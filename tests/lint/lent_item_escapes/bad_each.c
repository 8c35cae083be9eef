/* An each function keeps a part of the line that it borrows in what its argument points at. */
#include <string.h>

#include <weir.h>

struct pair {
    weir_line key, value;
};

struct settings {
    struct pair pairs[100];
    size_t n;
};

static size_t position(weir_line line, char c)
{
    size_t at = 0;
    while (at < line.size && line.data[at] != c)
        at++;
    return at;
}

static void add(weir_line line, void *arg)
{
    struct settings *settings = arg;
    size_t at = position(line, '=');
    if (at == line.size || settings->n == 100)
        return;
    settings->pairs[settings->n].key = line; // lint: lent_item_escapes 40-44
    settings->pairs[settings->n].key.size = at;
    settings->pairs[settings->n].value.data = line.data + at + 1; // lint: lent_item_escapes 47-51
    settings->pairs[settings->n].value.size = line.size - at - 1;
    settings->n++;
}
WEIR_EACH_FN(add_fn, add, weir_line)

weir_stream *settings_read(struct settings *settings, const char *path)
{
    return weir_for_each(weir_lines(weir_file_reader(path), 1024), &add_fn, settings);
}
