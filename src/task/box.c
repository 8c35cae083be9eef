/* Boxes: one item, many receivers. */

#include "task/box.h"

#include <string.h>

size_t weir_box_bytes(const weir_type *type)
{
    return sizeof(struct weir_box) + (type->align > WEIR_ALIGN ? type->align : 0) + type->size;
}

struct weir_box *weir_box_new(const weir_type *type, const void *item)
{
    struct weir_box *box = weir_allocate(weir_box_bytes(type));
    if (!box)
        return NULL;
    atomic_init(&box->refs, 1);
    box->type = type;
    box->next = NULL;
    box->item = (char *)(box + 1) + (-(uintptr_t)(box + 1) & (type->align - 1));
    memcpy(box->item, item, type->size);
    return box;
}

void weir_box_leave(struct weir_box *box)
{
    weir_release(box, weir_box_bytes(box->type));
}

void weir_box_ref(struct weir_box *box)
{
    atomic_fetch_add_explicit(&box->refs, 1, memory_order_relaxed);
}

void weir_box_unref(struct weir_box *box)
{
    if (atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) != 1)
        return;
    weir_type_drop_items(box->type, box->item, 1);
    weir_box_leave(box);
}

void weir_box_unref_all(struct weir_box *first)
{
    for (struct weir_box *next; first; first = next) {
        next = first->next;
        weir_box_unref(first);
    }
}

bool weir_box_take(struct weir_box *box, void *out)
{
    const weir_type *type = box->type;
    if (atomic_load_explicit(&box->refs, memory_order_acquire) == 1) {
        memcpy(out, box->item, type->size);
        weir_box_leave(box);
        return true;
    }
    bool works = true;
    if (type->clone)
        works = type->clone(type, out, box->item);
    else
        memcpy(out, box->item, type->size);
    weir_box_unref(box);
    return works;
}
