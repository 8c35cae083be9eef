/* Marks: how they are given, shared and settled. */

#include "weir/mark.h"

#include "core/poll.h"

weir_poll weir_mark_give(weir_cx *cx, weir_mark *mark)
{
    cx->mark = mark;
    return (weir_poll){0, WEIR_MARK};
}

weir_mark *weir_mark_take(weir_cx *cx)
{
    weir_mark *mark = cx->mark;
    cx->mark = NULL;
    return mark;
}

void weir_mark_share(weir_mark *mark, uint32_t more)
{
    __atomic_fetch_add(&mark->refs, more, __ATOMIC_RELAXED);
}

void weir_mark_settle(weir_mark *mark, bool kept)
{
    if (!kept)
        __atomic_store_n(&mark->lost, true, __ATOMIC_RELAXED);
    uint32_t before = __atomic_fetch_sub(&mark->refs, 1, __ATOMIC_ACQ_REL);
    if (WEIR_CHECKS && !before)
        weir_misuse("a mark", "was settled twice");
    if (before == 1)
        mark->settle(mark, !__atomic_load_n(&mark->lost, __ATOMIC_RELAXED));
}

struct own_mark {
    weir_mark mark;
    weir_mark *of;
};

static void settle_own(weir_mark *mark, bool kept)
{
    struct own_mark *self = WEIR_CONTAINER(mark, struct own_mark, mark);
    weir_mark *of = self->of;
    weir_release(self, sizeof *self);
    weir_mark_settle(of, kept);
}

weir_mark *weir_mark_own(weir_mark *mark)
{
    struct own_mark *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_mark_settle(mark, false);
        return NULL;
    }
    *self = (struct own_mark){.of = mark};
    self->mark =
        (weir_mark){.settle = settle_own, .source = mark->source, .upto = mark->upto, .refs = 1};
    return &self->mark;
}

const char *weir_strength_name(weir_strength strength)
{
    static const char names[][12] = {"safe", "whole", "sent", "flushed", "durable"};
    return strength <= WEIR_STRENGTH_DURABLE ? names[strength] : "no strength";
}
