/* weir/inspect_page.h: what the runtimes of this process do, as a page in a browser that goes on
 * while the program runs:
 *
 *     char url[WEIR_INSPECT_URL_BYTES];
 *     if (weir_inspect_page(NULL, url, sizeof url, &error))
 *         fprintf(stderr, "look at %s\n", url);
 *     ...
 *     weir_inspect_page_stop();
 *
 * It is served by the library's own HTTP, on a thread and a runtime of its own that are not in the
 * picture. Nothing that is asked changes anything, and no item is shown. Who may look: programs of
 * this machine that know the address, the token behind its # included. */
#ifndef WEIR_INSPECT_PAGE_H
#define WEIR_INSPECT_PAGE_H

#include "weir/error.h"

WEIR_BEGIN_C

enum {
    WEIR_INSPECT_URL_BYTES = 192,      /* of the page's address, with its NUL */
    WEIR_INSPECT_PAGE_CONNECTIONS = 32 /* at once; others wait */
};

/* Where the page is served. All zero is the usual. */
typedef struct weir_inspect_page_options {
    uint32_t size; /* sizeof(weir_inspect_page_options) */
    /* "127.0.0.1:8090", "[::1]:8090", "localhost:8090", or ":8090", which is the first of them.
     * Port 0: one that is free. NULL: "127.0.0.1:0". */
    const char *address;
    /* Any other address may be said too, as "0.0.0.0:8090". Whoever can listen in between reads
     * the token and all the rest: nothing is encrypted. */
    bool anywhere;
} weir_inspect_page_options;

/* weir_inspect_page(&WEIR_INSPECT_PAGE_OPTIONS(.address = ":8090"), ...) */
#define WEIR_INSPECT_PAGE_OPTIONS(...)                                                             \
    ((weir_inspect_page_options){.size = sizeof(weir_inspect_page_options), __VA_ARGS__})

/* Serves the page until weir_inspect_page_stop(), and writes its address, with a token of 128 bits
 * that is new each time: n bytes at most, WEIR_INSPECT_URL_BYTES are enough. Returns when it can be
 * asked for. It is served while it is served already: the same address again, whatever the options
 * are. options: NULL, as usual.
 * Errors, and false: ARGUMENT for an address that is another machine's to reach (anywhere), or
 * none; SYSTEM, where it is in use for instance; MEMORY; LIMIT where n is too small.
 *
 * Example:
 *     weir_error error;
 *     char url[WEIR_INSPECT_URL_BYTES];
 *     p(weir_inspect_page(NULL, url, sizeof url, &error)); // -> true
 *     p(yes(!strncmp(url, "http://127.0.0.1:", 17))); // -> yes
 *     weir_inspect_page_stop();
 */
WEIR_API bool weir_inspect_page(const weir_inspect_page_options *options, char *url, size_t n,
                                weir_error *error) WEIR_MUST_USE;

/* Tells those who look that the program ended, and waits for the thread. Nothing was served:
 * nothing.
 *
 * Example:
 *     weir_inspect_page_stop();
 *     p("nothing was served"); // -> nothing was served
 */
WEIR_BLOCKS
WEIR_API void weir_inspect_page_stop(void);

WEIR_END_C

#endif
