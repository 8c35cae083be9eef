/* A list of the lines with a colon: each node is made in its turn, and hung up where it stays. */
#include <stdlib.h>
#include <string.h>

#include <weir.h>

struct node {
    struct node *next;
    weir_line line;
    const char *colon;
};

static struct node *all;

bool keep_all(weir_reader *from, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(from, 4096), *error) {
        struct node *node = calloc(1, sizeof *node);
        if (!node)
            return false;
        node->line = line; // lint: lent_item_escapes 22-26
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
        node->colon = line.data + 1; // lint: lent_item_escapes 23-27
        node->next = *list;
        *list = node;
    }
    return true;
}

size_t count_long(weir_reader *from, weir_error *error)
{
    struct node *list = NULL;
    size_t n = 0;
    weir_for_try (weir_line, line, weir_lines(from, 4096), *error) {
        struct node *node = calloc(1, sizeof *node);
        if (!node)
            break;
        node->line.data = line.data; // lint: lent_item_escapes 27-31
        node->line.size = line.size;
        node->next = list;
        list = node;
    }
    for (struct node *next; list; list = next) {
        n += list->line.size > 80 && memchr(list->line.data, ':', list->line.size);
        next = list->next;
        free(list);
    }
    return n;
}
