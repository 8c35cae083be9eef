/* A recorded session as what the page is fed by: all that look see it from its beginning, some
 * lines a tick, 8 at once. */
#ifndef WEIR_TESTS_PAGE_FEED_H
#define WEIR_TESTS_PAGE_FEED_H

#include "inspect/page.h"

enum { PAGE_FEED_MAX = 8 };

struct page_feed {
    struct weir_page_feed feed; /* its arg is this */
    char *text;
    size_t n;
    bool stays; /* when all was told it waits */
    _Atomic unsigned looking, opened;
};

/* text: lines, its own until page_feed_end(). */
void page_feed_begin(struct page_feed *self, const char *text, size_t n, bool stays);
bool page_feed_read(struct page_feed *self, const char *path); /* the same of a file */
void page_feed_end(struct page_feed *self);

#endif
