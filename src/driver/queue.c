/* Where drivers keep operations: a doubly linked list, and a pairing heap ordered by due_ns, equal
 * ones by the order they came in. Both live inside the operations and allocate nothing. */

#include "driver/driver.h"

void weir_io_list_add(struct weir_io_list *list, weir_io *io)
{
    io->next = NULL;
    io->prev = list->last;
    if (list->last)
        list->last->next = io;
    else
        list->first = io;
    list->last = io;
}

void weir_io_list_remove(struct weir_io_list *list, weir_io *io)
{
    if (io->prev)
        io->prev->next = io->next;
    else
        list->first = io->next;
    if (io->next)
        io->next->prev = io->prev;
    else
        list->last = io->prev;
    io->next = io->prev = NULL;
}

static bool driver_queue_before(const weir_io *a, const weir_io *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

/* The later one becomes the first child of the earlier one. `prev` of a first child is its
 * parent, of any other its elder sibling. */
static weir_io *driver_queue_meld(weir_io *a, weir_io *b)
{
    if (!a || !b)
        return a ? a : b;
    if (driver_queue_before(b, a)) {
        weir_io *swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child)
        a->child->prev = b;
    a->child = b;
    a->next = a->prev = NULL;
    return a;
}

/* Two passes over the siblings: in pairs from the left, then all into one from the right. */
static weir_io *driver_queue_meld_siblings(weir_io *first)
{
    weir_io *pairs = NULL;
    while (first) {
        weir_io *a = first, *b = a->next;
        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        weir_io *pair = driver_queue_meld(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    weir_io *all = NULL;
    while (pairs) {
        weir_io *next = pairs->next;
        pairs->next = NULL;
        all = driver_queue_meld(all, pairs);
        pairs = next;
    }
    return all;
}

void weir_io_heap_add(weir_io **heap, weir_io *io)
{
    io->next = io->prev = io->child = NULL;
    *heap = driver_queue_meld(*heap, io);
}

void weir_io_heap_remove(weir_io **heap, weir_io *io)
{
    weir_io *below = driver_queue_meld_siblings(io->child);
    if (io == *heap) {
        *heap = below;
    } else {
        if (io->prev->child == io)
            io->prev->child = io->next;
        else
            io->prev->next = io->next;
        if (io->next)
            io->next->prev = io->prev;
        *heap = driver_queue_meld(*heap, below);
    }
    io->next = io->prev = io->child = NULL;
}
