/* Wakers and the slots that keep them. Counts are atomic: a waker may be stored, woken and let go
 * by another thread than the one that polls. */

#include "weir/waker.h"

void weir_waker_init(weir_waker *waker, const weir_waker_ops *ops)
{
    waker->ops = ops;
    waker->refs = 1;
}

void weir_waker_ref(weir_waker *waker)
{
    __atomic_fetch_add(&waker->refs, 1, __ATOMIC_RELAXED);
}

void weir_waker_unref(weir_waker *waker)
{
    if (__atomic_fetch_sub(&waker->refs, 1, __ATOMIC_ACQ_REL) == 1)
        waker->ops->release(waker);
}

void weir_waker_wake(weir_waker *waker)
{
    waker->ops->wake(waker);
}

void weir_waker_slot_store(weir_waker_slot *slot, weir_waker *waker)
{
    if (slot->waker == waker)
        return;
    weir_waker_ref(waker);
    weir_waker_slot_clear(slot);
    slot->waker = waker;
}

void weir_waker_slot_wake(weir_waker_slot *slot)
{
    weir_waker *waker = slot->waker;
    slot->waker = NULL;
    if (!waker)
        return;
    weir_waker_wake(waker);
    weir_waker_unref(waker);
}

void weir_waker_slot_clear(weir_waker_slot *slot)
{
    weir_waker *waker = slot->waker;
    slot->waker = NULL;
    if (waker)
        weir_waker_unref(waker);
}
