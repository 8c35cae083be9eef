/* mark_home: a stack without locks that any thread pushes settled marks to, and its source empties
 * at once. The source and each mark that is out hold it. */

#include "core/poll.h"
#include "weir/waker.h"

struct homing {
    weir_mark mark;
    weir_mark_home *home;
    struct homing *next;
    bool kept;
};

struct weir_mark_home {
    struct homing *came; /* the last one first; any thread */
    weir_waker_cell cell;
    size_t refs;         /* any thread */
    struct homing *line; /* the oldest first; the source's */
    size_t open;         /* the source's too */
};

weir_mark_home *weir_mark_home_new(void)
{
    weir_mark_home *home = weir_allocate(sizeof *home);
    if (home)
        *home = (weir_mark_home){.refs = 1};
    return home;
}

static void release_all(struct homing *homing)
{
    for (struct homing *next; homing; homing = next) {
        next = homing->next;
        weir_release(homing, sizeof *homing);
    }
}

static void unref(weir_mark_home *home)
{
    if (__atomic_fetch_sub(&home->refs, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    release_all(home->came);
    release_all(home->line);
    weir_release(home, sizeof *home);
}

/* On any thread. Behind the push it is the source's; the reference keeps the home until the wake is
 * over. */
static void come_home(weir_mark *mark, bool kept)
{
    struct homing *self = WEIR_CONTAINER(mark, struct homing, mark);
    weir_mark_home *home = self->home;
    self->kept = kept;
    self->next = __atomic_load_n(&home->came, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&home->came, &self->next, self, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    weir_waker_cell_wake(&home->cell);
    unref(home);
}

weir_poll weir_mark_home_give(weir_mark_home *home, weir_cx *cx, weir_stream *source, uint64_t upto)
{
    struct homing *self = weir_allocate(sizeof *self);
    if (!self)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a mark");
    *self = (struct homing){.home = home};
    self->mark = (weir_mark){.settle = come_home, .source = source, .upto = upto, .refs = 1};
    __atomic_fetch_add(&home->refs, 1, __ATOMIC_RELAXED);
    home->open++;
    return weir_mark_give(cx, &self->mark);
}

/* All that came, turned round. */
static void look(weir_mark_home *home)
{
    struct homing *came = __atomic_exchange_n(&home->came, NULL, __ATOMIC_ACQUIRE);
    for (struct homing *next; came; came = next) {
        next = came->next;
        came->next = home->line;
        home->line = came;
    }
}

bool weir_mark_home_take(weir_mark_home *home, weir_cx *cx, uint64_t *upto, bool *kept)
{
    if (!home->line)
        look(home);
    if (!home->line) {
        weir_waker_cell_store(&home->cell, cx->waker);
        look(home); /* one may have come before the waker stood there */
    }
    struct homing *first = home->line;
    if (!first)
        return false;
    home->line = first->next;
    home->open--;
    *upto = first->mark.upto;
    *kept = first->kept;
    weir_release(first, sizeof *first);
    return true;
}

size_t weir_mark_home_open(const weir_mark_home *home)
{
    return home->open;
}

void weir_mark_home_leave(weir_mark_home *home)
{
    if (!home)
        return;
    weir_waker_cell_clear(&home->cell);
    unref(home);
}
