/* What the source tells the server of what it gave. */

#include "redis/source.h"

static void drop_open(struct weir_redis_source *self, struct weir_redis_receipts **at)
{
    struct weir_redis_receipts *one = *at;
    *at = one->next;
    if (self->open_end == &one->next)
        self->open_end = at;
    self->marks--;
    self->receipts -= one->room;
    weir_redis_receipts_drop(one);
}

/* ---- marks ---- */

weir_poll weir_redis_give_mark(struct weir_redis_source *self, weir_cx *cx)
{
    struct weir_redis_receipts *mine = self->page.receipts;
    weir_poll got = weir_mark_home_give(self->home, cx, &self->stream, self->given);
    if (got.state != WEIR_MARK) {
        cx->error.fatal = false;
        return got;
    }
    self->page.receipts = NULL;
    weir_redis_page_clear(&self->page);
    weir_redis_turn_page(self);
    mine->upto = self->given;
    *self->open_end = mine;
    self->open_end = &mine->next;
    self->marks++;
    return got;
}

static void note(struct weir_redis_source *self, uint64_t upto, bool kept)
{
    struct weir_redis_receipts *one = self->open;
    while (one && one->upto != upto)
        one = one->next;
    if (!one)
        return; /* it went back when it was too late */
    one->settled = true;
    one->kept = kept;
}

static bool tell(struct weir_redis_source *self, const weir_cx *cx,
                 const struct weir_redis_receipts *one)
{
    if (one->kept)
        return weir_redis_ack(&self->link, cx, &self->of, WEIR_REDIS_SAID, one);
    return weir_redis_claim(&self->link, cx, &self->of, WEIR_REDIS_SAID, one, 0, self->of.claim_ns);
}

/* What there is no memory for is told at the next poll. */
static void tell_all(struct weir_redis_source *self, const weir_cx *cx)
{
    self->untold = false;
    for (struct weir_redis_receipts **at = &self->open; *at;) {
        if ((*at)->settled && tell(self, cx, *at))
            drop_open(self, at);
        else {
            self->untold |= (*at)->settled;
            at = &(*at)->next;
        }
    }
}

void weir_redis_tell_settled(struct weir_redis_source *self, weir_cx *cx)
{
    uint64_t upto;
    bool kept;
    while (weir_mark_home_take(self->home, cx, &upto, &kept)) {
        note(self, upto, kept);
        self->untold = true;
    }
    if (self->untold)
        tell_all(self, cx);
}

/* ---- time ---- */

static void keep(struct weir_redis_source *self, const weir_cx *cx, struct weir_redis_receipts *one)
{
    if (cx->now_ns >= one->due_ns) {
        one->due_ns = weir_after_ns(cx->now_ns, self->of.claim_ns / 2);
        if (self->link.up)
            weir_ignore(weir_redis_claim(&self->link, cx, &self->of, WEIR_REDIS_SAID, one, 0, 0));
    }
    if (one->due_ns < self->due_ns)
        self->due_ns = one->due_ns;
}

void weir_redis_keep_time(struct weir_redis_source *self, const weir_cx *cx)
{
    if (!self->of.group || cx->now_ns < self->due_ns)
        return;
    self->due_ns = UINT64_MAX;
    for (struct weir_redis_receipts *one = self->open; one; one = one->next)
        keep(self, cx, one);
    if (self->page.receipts)
        keep(self, cx, self->page.receipts);
    if (self->next.receipts)
        keep(self, cx, self->next.receipts);
}

/* ---- back to the group ---- */

static void one_back(struct weir_redis_source *self, const weir_cx *cx,
                     struct weir_redis_page *page)
{
    if (!page->receipts || !self->of.group)
        return;
    weir_ignore(weir_redis_claim(&self->link, cx, &self->of, WEIR_REDIS_SAID, page->receipts,
                                 page->at, self->of.claim_ns));
    page->n = page->receipts->n = page->at;
    page->unknown = 0;
    if (page->n)
        return;
    self->receipts -= page->receipts->room;
    weir_redis_receipts_drop(page->receipts);
    page->receipts = NULL;
    weir_redis_page_clear(page);
}

void weir_redis_page_back(struct weir_redis_source *self, const weir_cx *cx)
{
    one_back(self, cx, &self->page);
    one_back(self, cx, &self->next);
}

void weir_redis_open_back(struct weir_redis_source *self, const weir_cx *cx)
{
    while (self->open) {
        self->open->settled = true;
        self->open->kept = false;
        weir_ignore(tell(self, cx, self->open));
        drop_open(self, &self->open);
    }
}

/* ---- the end ---- */

static void nothing(weir_waker *waker)
{
    (void)waker;
}

/* For ever: a job that ends on another thread may wake it when its source is gone. */
static const weir_waker_ops nobody_ops = {sizeof nobody_ops, nothing, nothing};
static weir_waker nobody = {.ops = &nobody_ops, .refs = 1};

void weir_redis_leave(struct weir_redis_source *self)
{
    weir_cx *cx = weir_cx_new(&nobody);
    if (cx) {
        if (self->jobs)
            weir_redis_jobs_tell(self, cx);
        weir_redis_tell_settled(self, cx);
        self->page.at = 0; /* no mark is about what was given of it */
        weir_redis_page_back(self, cx);
        weir_redis_open_back(self, cx);
    }
    while (self->open)
        drop_open(self, &self->open);
    weir_mark_home_leave(self->home);
    weir_cx_drop(cx);
}
