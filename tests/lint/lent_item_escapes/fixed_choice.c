/* The same with copies; what chooses by the line, and keeps other bytes. */
#include <string.h>

#include <weir.h>

struct seen {
    char word[80];
    const char *kind;
    size_t sizes[8];
    size_t n;
};

static char last[80];

size_t choose(struct seen *seen, weir_reader *reader, bool whole, weir_error *error)
{
    const char *shown = "";
    struct seen *to = seen;
    weir_for_try (weir_line, line, weir_lines(reader, 4096), *error) {
        memcpy(last, line.data, line.size % sizeof last);
        to->kind = line.data ? "some" : "none";
        to->kind = whole ? "whole" : (line.size ? "part" : "nothing");
        to->sizes[to->n++ % 8] = line.size;
        shown = line.size > 2 ? "long" : shown;
        if (whole)
            break;
    }
    return *shown;
}

static void keep(weir_line line, void *arg)
{
    struct seen *seen = arg;
    memcpy(seen->word, line.data, line.size % sizeof seen->word);
}
WEIR_EACH_FN(keep_fn, keep, weir_line)

weir_stream *keep_all(weir_reader *reader, struct seen *seen)
{
    return weir_for_each(weir_lines(reader, 4096), &keep_fn, seen);
}
