/* One of two, or what a pointer of the caller's points at, through a variable of the loop's own. */
#include <weir.h>

struct seen {
    const char *word;
    weir_line lines[8];
    size_t n;
};

static const char *last, *other = "none";

size_t choose(struct seen *seen, weir_reader *reader, bool whole, weir_error *error)
{
    weir_line kept = {"", 0};
    const char *shown = "";
    struct seen *to = seen;
    weir_for_try (weir_line, line, weir_lines(reader, 4096), *error) {
        last = whole ? line.data : other;         // lint: lent_item_escapes 24-28
        other = last ? other : line.data;         // lint: lent_item_escapes 32-36
        last = (const char *)line.data ?: "none"; // lint: lent_item_escapes 30-34
        to->lines[to->n++ % 8] = line;            // lint: lent_item_escapes 34-38
        *(to->lines + 1) = line;
        (*seen).word = line.data + 2; // lint: lent_item_escapes 24-28
        kept = whole ? kept : line;   // lint: lent_item_escapes 31-35
        shown = line.data;            // lint: lent_item_escapes 17-21
        if (whole)
            break;
    }
    return kept.size + (shown ? *shown : 0);
}

/* A function of lines keeps one in what it is given. */
static void keep(weir_line line, void *arg)
{
    struct seen *seen = arg;
    const weir_line **before = arg;
    seen->word = line.data; // lint: lent_item_escapes 18-22
    *before = NULL;
}
WEIR_EACH_FN(keep_fn, keep, weir_line)

weir_stream *keep_all(weir_reader *reader, struct seen *seen)
{
    return weir_for_each(weir_lines(reader, 4096), &keep_fn, seen);
}
