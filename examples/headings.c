/* What is lent, and what is kept: the lines of a text are views into a block that is read over; its
 * headings are kept, with bytes of their own. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

struct heading {
    size_t level;
    weir_owned_line text;
};

/* Whoever has a heading and does not hand it on calls this: a stage that skips it, a chain that is
 * dropped, the vec below. */
static void heading_drop(const weir_type *type, void *item)
{
    struct heading *heading = item;
    (void)type;
    weir_owned_line_drop(&heading->text);
}
static const weir_type heading_type = WEIR_TYPE_OWNING(struct heading, heading_drop);

static bool is_heading(weir_line line, void *arg)
{
    (void)arg;
    return line.size && line.data[0] == '#';
}
WEIR_FILTER_FN(is_heading_fn, is_heading, weir_line)

/* Is lent a line, which is gone after the call, and makes a heading that stays. */
static bool heading_of(weir_line line, struct heading *out, void *arg, weir_error *error)
{
    size_t level = 0;
    (void)arg;
    while (level < line.size && line.data[level] == '#')
        level++;
    *out = (struct heading){level, weir_owned_line_new(line.data + level, line.size - level)};
    if (!out->text.data)
        weir_error_set(error, WEIR_E_MEMORY, "no memory for %zu bytes", line.size - level);
    return out->text.data != NULL;
}
WEIR_TRY_MAP_FN(heading_fn, heading_of, weir_line, struct heading, .to = &heading_type)

int main(void)
{
    static const char text[] = "# weir\nStreams for C.\n## Install\nSay make.\n## Use\n";
    weir_reader *reader = weir_memory_reader(text, strlen(text)); /* keeps text, takes nothing */
    weir_stream *lines = weir_lines(reader, 1000);                /* takes reader; and so on */
    weir_stream *headings = weir_map(weir_filter(lines, &is_heading_fn, NULL), &heading_fn, NULL);

    weir_vec all;
    weir_error error;
    if (weir_run(weir_collect(headings, 100), &all, &error) != WEIR_READY) /* takes headings */
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    const struct heading *heading = all.items;
    for (size_t i = 0; i < all.n; i++)
        printf("%zu%s\n", heading[i].level, heading[i].text.data);
    weir_vec_drop(&all); /* it is ours, and drops each heading that is in it */
    return 0;
}
