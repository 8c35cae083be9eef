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
    /* Nobody else can have it where the count is 1: no need of a locked instruction. */
    if (__atomic_load_n(&waker->refs, __ATOMIC_ACQUIRE) == 1 ||
        __atomic_fetch_sub(&waker->refs, 1, __ATOMIC_ACQ_REL) == 1)
        waker->ops->release(waker);
}

void weir_waker_wake(weir_waker *waker)
{
    waker->ops->wake(waker);
}

void weir_waker_wake_unref(weir_waker *waker)
{
    waker->ops->wake(waker);
    weir_waker_unref(waker);
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
    weir_waker_wake_unref(waker);
}

void weir_waker_slot_clear(weir_waker_slot *slot)
{
    weir_waker *waker = slot->waker;
    slot->waker = NULL;
    if (waker)
        weir_waker_unref(waker);
}

/* ---- cells ----
 *
 * The word is a waker, EMPTY, or WOKEN: somebody woke the cell while it was empty, or while the
 * other side was about to store. Who stores takes what stood there; who wakes leaves EMPTY where a
 * waker stood, since one wake for each store is enough, and WOKEN where none did. So a wake between
 * the look at what is waited for and the store is seen by the store. */

enum { EMPTY, WOKEN };

static weir_waker *cell_swap(weir_waker_cell *cell, uintptr_t word, bool *woken)
{
    uintptr_t before = __atomic_exchange_n(&cell->word, word, __ATOMIC_ACQ_REL);
    *woken = before == WOKEN;
    return before == EMPTY || before == WOKEN ? NULL : (weir_waker *)before;
}

void weir_waker_cell_store(weir_waker_cell *cell, weir_waker *waker)
{
    bool woken;
    weir_waker_ref(waker);
    weir_waker *old = cell_swap(cell, (uintptr_t)waker, &woken);
    if (old)
        weir_waker_unref(old);
    if (woken)
        weir_waker_cell_wake(cell);
}

void weir_waker_cell_wake(weir_waker_cell *cell)
{
    bool woken;
    weir_waker *waker = cell_swap(cell, WOKEN, &woken);
    if (!waker)
        return;
    uintptr_t expected = WOKEN;
    __atomic_compare_exchange_n(&cell->word, &expected, EMPTY, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
    weir_waker_wake_unref(waker);
}

void weir_waker_cell_clear(weir_waker_cell *cell)
{
    bool woken;
    weir_waker *old = cell_swap(cell, EMPTY, &woken);
    if (old)
        weir_waker_unref(old);
}
