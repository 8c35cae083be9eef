#include "page_feed.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A_TICK = 64 << 10 };

static const char last[] = "{\"t\":\"end\",\"reason\":\"the program ended\"}\n";

struct looking {
    struct page_feed *of;
    bool ends;
    size_t at, due; /* bytes of its text that were told, and may be */
};

static void *open_one(void *arg, weir_error *error)
{
    struct page_feed *self = arg;
    if (atomic_load(&self->looking) >= PAGE_FEED_MAX) {
        weir_error_set(error, WEIR_E_LIMIT, "%d look already", PAGE_FEED_MAX);
        return NULL;
    }
    struct looking *one = calloc(1, sizeof *one);
    one->of = self;
    atomic_fetch_add(&self->looking, 1);
    atomic_fetch_add(&self->opened, 1);
    return one;
}

static bool tick(void *arg, uint64_t now_ns)
{
    struct looking *one = arg;
    (void)now_ns;
    one->due = one->due + A_TICK < one->of->n ? one->due + A_TICK : one->of->n;
    return one->of->stays || one->at < one->of->n;
}

static void end(void *arg)
{
    struct looking *one = arg;
    one->ends = true;
}

static size_t take(void *arg, char *out, size_t n)
{
    struct looking *one = arg;
    if (one->ends) {
        one->ends = false;
        memcpy(out, last, sizeof last - 1);
        return sizeof last - 1;
    }
    const char *from = one->of->text + one->at;
    size_t room = one->due - one->at < n ? one->due - one->at : n;
    while (room && from[room - 1] != '\n')
        room--;
    memcpy(out, from, room);
    one->at += room;
    return room;
}

static void drop(void *arg)
{
    struct looking *one = arg;
    atomic_fetch_sub(&one->of->looking, 1);
    free(one);
}

static void begin(struct page_feed *self, char *text, size_t n, bool stays)
{
    memset(self, 0, sizeof *self);
    self->feed = (struct weir_page_feed){
        .open = open_one, .tick = tick, .end = end, .take = take, .drop = drop, .arg = self};
    self->text = text;
    self->n = n;
    self->stays = stays;
}

void page_feed_begin(struct page_feed *self, const char *text, size_t n, bool stays)
{
    char *copy = malloc(n + 1);
    memcpy(copy, text, n);
    begin(self, copy, n, stays);
}

bool page_feed_read(struct page_feed *self, const char *path)
{
    enum { MOST = 1 << 20 };
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    char *text = malloc(MOST);
    size_t n = fread(text, 1, MOST, file);
    fclose(file);
    begin(self, text, n, false);
    return true;
}

void page_feed_end(struct page_feed *self)
{
    free(self->text);
}
