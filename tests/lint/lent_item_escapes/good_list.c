/* Nodes that are made in a turn, and are gone with it, or get bytes of their own. */
#include <stdlib.h>
#include <string.h>

#include <weir.h>

struct node {
    struct node *next;
    weir_line line;
    char *copy;
};

static struct node *all;

static void node_own(struct node *node)
{
    node->line.data = node->copy = strndup(node->line.data, node->line.size);
}

/* A helper is given it. */
bool owned_by_helper(weir_reader *from, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(from, 4096), *error) {
        struct node *node = calloc(1, sizeof *node);
        if (!node)
            return false;
        node->line = line;
        node_own(node);
        node->next = all;
        all = node;
    }
    return true;
}

/* It is given other bytes before it is hung up. */
bool owned_here(struct node **list, weir_reader *from, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(from, 4096), *error) {
        struct node *node = calloc(1, sizeof *node);
        if (!node)
            return false;
        node->line = line;
        node->line.data = node->copy = strndup(line.data, line.size);
        node->next = *list;
        *list = node;
    }
    return true;
}

/* The list is as old as the turn. */
size_t of_a_turn(weir_reader *from, weir_error *error)
{
    size_t n = 0;
    weir_for_try (weir_line, line, weir_lines(from, 4096), *error) {
        struct node *list = NULL, *node = calloc(1, sizeof *node);
        if (!node)
            break;
        node->line = line;
        list = node;
        n += list->line.size;
        free(list);
    }
    return n;
}

/* Each is gone before the next one is asked for. */
size_t one_at_a_time(weir_reader *from, weir_error *error)
{
    size_t n = 0;
    weir_for_try (weir_line, line, weir_lines(from, 4096), *error) {
        struct node *node = calloc(1, sizeof *node);
        if (!node)
            break;
        node->line = line;
        all = node;
        n += all->line.size;
        all = NULL;
        free(node);
    }
    return n;
}
