/* What is kept for the turn alone, or looked at before anything else was asked for. */
#include <weir.h>

struct split {
    weir_line key, value;
};

typedef weir_line *line_at;

static size_t sum(const weir_line *lines, size_t n)
{
    size_t all = 0;
    for (size_t i = 0; i < n; i++)
        all += lines[i].size;
    return all;
}

size_t split_all(weir_reader *reader, weir_error *error)
{
    size_t all = 0;
    weir_line never = {"", 0}, again;
    (void)never;
    weir_for_try (weir_line, line, weir_lines(reader, 4096), *error) {
        struct split split;
        weir_line pair[2], own = {"", 0}, *to = &own;
        const char *at;
        struct split *given = &split, *nowhere = NULL;
        split.key = line;
        split.value.data = line.data;
        pair[0] = line;
        to->data = line.data;
        at = line.data;
        given->key = line;
        if (nowhere)
            nowhere->key = line;
        never = line;
        again = line;
        all += sum(pair, 1) + again.size + (at ? 1 : 0) + split.value.size;
    }
    return all;
}

/* The first that fits; the loop ends there. */
size_t first(weir_stream *lines, size_t least, weir_error *error)
{
    weir_line line, hit = {"", 0}, other = {"", 0};
    while (weir_await_next(lines, &line, error) == WEIR_READY) {
        if (line.size == least) {
            other = line;
            goto out;
        }
        if (line.size > least) {
            hit = line;
            break;
        }
    }
out:
    return hit.size + other.size;
}

size_t one(weir_stream *lines, weir_error *error)
{
    weir_line line, before = {"", 0};
    if (weir_await_next(lines, &line, error) == WEIR_READY)
        before = line;
    return before.size;
}

/* It is given another value in the next turn, before it is looked at. */
size_t longest(weir_reader *reader, weir_error *error)
{
    weir_line at = {"", 0};
    size_t most = 0;
    weir_for_try (weir_line, line, weir_lines(reader, 4096), *error) {
        at = line;
        most = at.size > most ? at.size : most;
    }
    at = (weir_line){"", 0};
    return most + at.size;
}

/* Numbers, and what the function is given by value. */
static void look(weir_line line, void *arg)
{
    size_t *sizes = arg;
    const char *at;
    sizes[0] = line.size;
    at = line.data;
    arg = (void *)at;
    (void)arg;
}
WEIR_EACH_FN(look_fn, look, weir_line)

weir_stream *look_at_all(weir_reader *reader, size_t *sizes)
{
    return weir_for_each(weir_lines(reader, 4096), &look_fn, sizes);
}
