/* A page that was too large: what came of it, and the rest. */

#include "redis/source.h"

/* ---- the rest ---- */

static bool has_id(const struct weir_redis_receipts *receipts, struct weir_redis_id id)
{
    for (uint32_t i = 0; receipts && i < receipts->n; i++)
        if (receipts->ids[i].first == id.first && receipts->ids[i].second == id.second)
            return true;
    return false;
}

/* It was given already, and is worked at. */
static bool is_held(const struct weir_redis_source *self, const struct weir_redis_page *but,
                    struct weir_redis_id id)
{
    bool held = but == &self->next && has_id(self->page.receipts, id);
    for (const struct weir_redis_receipts *one = self->open; one && !held; one = one->next)
        held = has_id(one, id);
    const struct weir_redis_job *job = self->jobs ? self->jobs->working : NULL;
    for (; job && !held; job = job->next)
        held = job->id.first == id.first && job->id.second == id.second;
    return held;
}

/* What is held was not in the page that was cut: it does not count, and no mark is about it. */
static void note_rest(struct weir_redis_source *self, struct weir_redis_page *page)
{
    for (uint32_t i = 0; i < page->n; i++) {
        self->last = self->rest_at = page->receipts->ids[i];
        if (is_held(self, page, self->rest_at)) {
            page->entries[i].fields = 0;
            page->receipts->ids[i] = (struct weir_redis_id){0, 0};
        } else
            self->rest -= self->rest != 0;
    }
}

void weir_redis_take_rest(struct weir_redis_source *self, const weir_cx *cx,
                          struct weir_redis_page *page)
{
    if (!page || !page->n)
        self->rest = 0;
    if (!page)
        return;
    note_rest(self, page);
    weir_redis_begin_claimed(self, cx, page);
}

/* ---- what came ---- */

static uint32_t count_whole(const struct weir_resp_reply *reply, uint32_t list)
{
    uint32_t n = 0, at = list + 1;
    while (n < weir_resp_at(reply, list).n && weir_resp_is_whole(reply, at, &at))
        n++;
    return n;
}

/* The first of it, which is larger than any page. */
static void pass_over(struct weir_redis_source *self, const weir_cx *cx, uint32_t list)
{
    struct weir_redis_id id = weir_redis_read_id(weir_resp_text(&self->link.cut, list + 2));
    self->last = self->rest_at = id;
    self->rest -= self->rest != 0;
    weir_redis_note_large(self, cx, &id, false);
}

/* Where there is no memory for it the group gives it to somebody else. */
static void take_cut(struct weir_redis_source *self, weir_cx *cx, uint32_t list, bool had)
{
    struct weir_redis_page *page;
    if (weir_redis_take_page(self, cx, &self->link.cut, list, &page).state == WEIR_ERROR) {
        cx->error.fatal = false;
        self->rest = 0;
        return;
    }
    note_rest(self, page);
    if (had)
        weir_redis_begin_claimed(self, cx, page);
}

/* false: it is no page, or nothing of it says what it is. */
static bool is_cut_page(struct weir_redis_source *self, weir_cx *cx, uint32_t list)
{
    const struct weir_resp_reply *cut = &self->link.cut;
    struct weir_resp_part entries = weir_resp_at(cut, list);
    uint32_t whole = count_whole(cut, list);
    bool known = whole || weir_resp_at(cut, list + 2).kind == WEIR_RESP_TEXT;
    bool had = list == WEIR_REDIS_CLAIM_LIST || self->rest; /* by somebody, or here */
    if (entries.kind != WEIR_RESP_ARRAY || !entries.n || !known)
        return false;
    if (self->of.group && !self->rest)
        self->rest = entries.n;
    self->count = whole ? weir_redis_least(self->count, whole) : 1;
    if (whole)
        take_cut(self, cx, list, had);
    else
        pass_over(self, cx, list);
    self->unseen += self->rest != 0;
    return true;
}

/* Of the last of all only where it stands is wanted. */
static bool is_cut_last(struct weir_redis_source *self)
{
    weir_redis_take_last(self, &self->link.cut);
    return weir_resp_at(&self->link.cut, 2).kind == WEIR_RESP_TEXT;
}

static bool is_cut(struct weir_redis_source *self, weir_cx *cx)
{
    switch (self->link.large.what) {
    case WEIR_REDIS_READ:
        return is_cut_page(self, cx, WEIR_REDIS_READ_LIST);
    case WEIR_REDIS_CLAIM:
        self->cursor = weir_redis_read_id(weir_resp_text(&self->link.cut, 1));
        self->claims_more = true;
        return is_cut_page(self, cx, WEIR_REDIS_CLAIM_LIST);
    case WEIR_REDIS_LAST:
        return is_cut_last(self);
    default:
        return false;
    }
}

weir_poll weir_redis_read_less(struct weir_redis_source *self, weir_cx *cx)
{
    self->link.too_large = self->reading = self->blocking = false;
    bool cut = is_cut(self, cx);
    weir_resp_reply_drop(&self->link.cut);
    if (cut)
        return (weir_poll){0, WEIR_READY};
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}
