/* The page is told by sessions, as clients of the socket are, and may ask for as much: but for what
 * changes something, since nothing that it says comes this far. */

#include "inspect/page.h"

#include <string.h>

#include "inspect/session.h"
#include "weir/alloc.h"

#define AGAIN_NS 2000000000ull

/* Asked for one after the other, then the later ones again and again. */
static const char *const page_session_commands[] = {"watch", "machine", "tasks", "advice"};
enum { COMMANDS = sizeof page_session_commands / sizeof *page_session_commands, AGAIN = 1 };

struct looking {
    struct weir_session *session;
    size_t next;     /* of the commands */
    uint64_t due_ns; /* when it may be said */
};

static void *page_session_open_one(void *arg, weir_error *error)
{
    struct looking *one = weir_allocate(sizeof *one);
    if (!one) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for one more who looks");
        return NULL;
    }
    *one = (struct looking){.session = weir_session_new(arg, error)};
    if (one->session)
        return one;
    weir_release(one, sizeof *one);
    return NULL;
}

static void page_session_say_next(struct looking *one, uint64_t now_ns)
{
    weir_session_command(one->session, page_session_commands[one->next++]);
    if (one->next < COMMANDS)
        return;
    one->next = AGAIN;
    one->due_ns = now_ns + AGAIN_NS;
}

static bool page_session_tick(void *arg, uint64_t now_ns)
{
    struct looking *one = arg;
    weir_session_tick(one->session, now_ns);
    while (now_ns >= one->due_ns && !weir_session_is_busy(one->session) &&
           !weir_session_is_over(one->session))
        page_session_say_next(one, now_ns);
    return !weir_session_is_over(one->session);
}

static void page_session_end(void *arg)
{
    struct looking *one = arg;
    weir_session_end(one->session, "the program ended");
}

static size_t page_session_take(void *arg, char *out, size_t n)
{
    struct looking *one = arg;
    return weir_session_take(one->session, out, n);
}

static void page_session_drop(void *arg)
{
    struct looking *one = arg;
    weir_session_drop(one->session);
    weir_release(one, sizeof *one);
}

/* ---- what is told of ---- */

static struct weir_export of;

static void serves(void *arg, const weir_rt *rt)
{
    struct weir_export *self = arg;
    if (!rt) {
        weir_export_fini(self);
        return;
    }
    memset(self, 0, sizeof *self);
    weir_export_init(self, &weir_sys_posix);
    self->calibrates = true;
    atomic_store(&self->own, rt);
}

bool weir_inspect_page(const weir_inspect_page_options *options, char *url, size_t n,
                       weir_error *error)
{
    static const struct weir_page_feed feed = {.open = page_session_open_one,
                                               .tick = page_session_tick,
                                               .end = page_session_end,
                                               .take = page_session_take,
                                               .drop = page_session_drop,
                                               .arg = &of,
                                               .serves = serves};
    return weir_page_begin(options, &feed, url, n, error);
}
