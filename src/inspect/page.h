/* The live page, and what it is fed by. */
#ifndef WEIR_INSPECT_PAGE_INSIDE_H
#define WEIR_INSPECT_PAGE_INSIDE_H

#include "inspect/page_rules.h"
#include "weir/http.h"
#include "weir/inspect_page.h"
#include "weir/run.h"

/* Where the lines of those who look come from: of sessions; of a recorded one, in tests. All on the
 * page's own thread. */
struct weir_page_feed {
    /* For one more who looks. NULL: *error says why; LIMIT: as many look as may. */
    void *(*open)(void *arg, weir_error *error);
    /* Adds what is due. false: nothing more comes. */
    bool (*tick)(void *one, uint64_t now_ns);
    /* The program ends: adds the last lines. */
    void (*end)(void *one);
    /* Whole lines of at most n bytes together, WEIR_PAGE_LINES_BYTES of them; 0: there are none. */
    size_t (*take)(void *one, char *out, size_t n);
    void (*drop)(void *one WEIR_TAKES);
    void *arg; /* of open, and of serves */
    /* The runtime that serves it, before the first; NULL at the end. NULL: nobody wants to know. */
    void (*serves)(void *arg, const weir_rt *rt);
};

enum {
    WEIR_PAGE_LINES_BYTES = 64 << 10, /* what is taken at once */
    WEIR_PAGE_TICK_MS = 50
};

/* The lines of one who looks, each a lent weir_sse_event. At the end, and where the runtime is
 * stopped, the last one says so. Owns: one. */
WEIR_NEW weir_stream *weir_page_lines(const struct weir_page_feed *feed WEIR_KEEPS,
                                      void *one WEIR_TAKES);

struct weir_page {
    struct weir_page_door door;
    struct weir_page_feed feed;
    unsigned open; /* connections */
};

/* A future that serves it at the address until the runtime is stopped. door.port is known when
 * on_listening is called. */
WEIR_NEW weir_stream *weir_page_serve(struct weir_page *page WEIR_KEEPS, const char *address,
                                      void (*on_listening)(const char *address, void *arg),
                                      void *arg);

/* Serves it on a thread of its own, as weir_inspect_page() does. */
bool weir_page_begin(const weir_inspect_page_options *options, const struct weir_page_feed *feed,
                     char *url, size_t n, weir_error *error) WEIR_MUST_USE;

#endif
