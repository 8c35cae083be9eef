/* A list of the lines with a colon: each node has bytes of its own. */
#include <stdlib.h>
#include <string.h>

#include <weir.h>

struct node {
    struct node *next;
    weir_owned_line line;
    size_t colon;
};

static struct node *all;

bool keep_all(weir_reader *from, weir_error *error)
{
    weir_for_try (weir_owned_line, line, weir_own(weir_lines(from, 4096)), *error) {
        struct node *node = calloc(1, sizeof *node);
        if (!node)
            return weir_owned_line_drop(&line), false;
        node->line = line;
        node->next = all;
        all = node;
    }
    return true;
}

bool keep_in(struct node **list, weir_reader *from, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(from, 4096), *error) {
        struct node *node = calloc(1, sizeof *node);
        if (!node)
            return false;
        node->colon = line.size;
        node->next = *list;
        *list = node;
    }
    return true;
}
