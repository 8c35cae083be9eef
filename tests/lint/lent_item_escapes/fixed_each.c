/* Keys and values have bytes of their own. */
#include <string.h>

#include <weir.h>

struct pair {
    weir_owned_line key, value;
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
    struct pair *pair = &settings->pairs[settings->n];
    pair->key = weir_owned_line_new(line.data, at);
    pair->value = weir_owned_line_new(line.data + at + 1, line.size - at - 1);
    settings->n++;
}
WEIR_EACH_FN(add_fn, add, weir_line)

weir_stream *settings_read(struct settings *settings, const char *path)
{
    return weir_for_each(weir_lines(weir_file_reader(path), 1024), &add_fn, settings);
}
