/* mark_home: a stack without locks that any thread pushes settled marks to, and its source empties
 * at once. The source and each mark that is out hold it. */

#include "core/poll.h"
#include "weir/waker.h"

struct homing {
    weir_mark mark;
    weir_mark_home *home;
    struct homing *next;
    bool kept;
    weir_mark *of; /* in whose place it was sent; the source's, as the list of those is */
    struct homing *older, *newer;
};

struct weir_mark_home {
    struct homing *came; /* the last one first; any thread */
    weir_waker_cell cell;
    size_t refs;         /* any thread */
    struct homing *line; /* the oldest first; the source's */
    size_t open;         /* the source's too */
    struct homing *sent; /* ... and what is open in the place of others, the newest */
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

static void mark_home_unref(weir_mark_home *home)
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
    mark_home_unref(home);
}

static struct homing *homing_new(weir_mark_home *home, weir_stream *source, uint64_t upto)
{
    struct homing *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    *self = (struct homing){.home = home};
    self->mark = (weir_mark){.settle = come_home, .source = source, .upto = upto, .refs = 1};
    __atomic_fetch_add(&home->refs, 1, __ATOMIC_RELAXED);
    home->open++;
    return self;
}

weir_poll weir_mark_home_give(weir_mark_home *home, weir_cx *cx, weir_stream *source, uint64_t upto)
{
    struct homing *self = homing_new(home, source, upto);
    if (!self)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a mark");
    return weir_mark_give(cx, &self->mark);
}

/* All that came, turned round. */
static void mark_home_look(weir_mark_home *home)
{
    struct homing *came = __atomic_exchange_n(&home->came, NULL, __ATOMIC_ACQUIRE);
    for (struct homing *next; came; came = next) {
        next = came->next;
        came->next = home->line;
        home->line = came;
    }
}

/* The oldest that came; NULL: none did. */
static struct homing *first_home(weir_mark_home *home)
{
    if (!home->line)
        mark_home_look(home);
    struct homing *first = home->line;
    if (first) {
        home->line = first->next;
        home->open--;
    }
    return first;
}

/* The same; one may come before the waker stands there. */
static struct homing *first_or_wait(weir_mark_home *home, weir_cx *cx)
{
    struct homing *first = first_home(home);
    if (first)
        return first;
    weir_waker_cell_store(&home->cell, cx->waker);
    return first_home(home);
}

bool weir_mark_home_take(weir_mark_home *home, weir_cx *cx, uint64_t *upto, bool *kept)
{
    struct homing *first = first_or_wait(home, cx);
    if (!first)
        return false;
    *upto = first->mark.upto;
    *kept = first->kept;
    weir_release(first, sizeof *first);
    return true;
}

/* ---- in the place of others ---- */

weir_mark *weir_mark_home_send(weir_mark_home *home, weir_mark *mark)
{
    struct homing *self = homing_new(home, mark->source, mark->upto);
    if (!self) {
        weir_mark_settle(mark, false);
        return NULL;
    }
    self->of = mark;
    self->older = home->sent;
    if (home->sent)
        home->sent->newer = self;
    home->sent = self;
    return &self->mark;
}

static void settle_sent(weir_mark_home *home, struct homing *self)
{
    weir_mark *of = self->of;
    bool kept = self->kept;
    if (self->newer)
        self->newer->older = self->older;
    else
        home->sent = self->older;
    if (self->older)
        self->older->newer = self->newer;
    weir_release(self, sizeof *self);
    weir_mark_settle(of, kept);
}

weir_poll weir_mark_home_settle(weir_mark_home *home, weir_cx *cx)
{
    for (struct homing *first; home->open && (first = first_or_wait(home, cx));)
        settle_sent(home, first);
    if (!home->open)
        return (weir_poll){0, WEIR_END};
    return weir_wait_cell(cx, &home->cell, WEIR_WAIT_PEER);
}

static void lose_sent(weir_mark_home *home)
{
    for (struct homing *first; home->sent && (first = first_home(home));)
        settle_sent(home, first);
    for (struct homing *open; (open = home->sent);) {
        home->sent = open->older;
        weir_mark_settle(open->of, false);
    }
}

size_t weir_mark_home_open(const weir_mark_home *home)
{
    return home->open;
}

size_t weir_mark_home_bytes(size_t open)
{
    return sizeof(weir_mark_home) + open * sizeof(struct homing);
}

void weir_mark_home_leave(weir_mark_home *home)
{
    if (!home)
        return;
    lose_sent(home);
    weir_waker_cell_clear(&home->cell);
    mark_home_unref(home);
}
