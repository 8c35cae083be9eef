/* The thread that serves the page, one of a process. */

#include "inspect/page.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/stage.h"
#include "core/system_text.h"
#include "inspect/guard.h"
#include "io/secret.h"
#include "task/drivers.h"
#include "task/runtimes.h"
#include "task/threads.h"
#include "weir/alloc.h"

enum { PAGE_FIRST_OPTIONS_BYTES = sizeof(weir_inspect_page_options) };

struct serving {
    struct weir_page page;
    struct weir_guard guard;
    char address[WEIR_ADDRESS_BYTES]; /* to listen at, then the one that it got */
    weir_rt *rt;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news;
    enum { PAGE_BEGINS, PAGE_LISTENS, PAGE_FAILED } state;
    weir_error why;
};

static struct {
    pthread_mutex_t lock;
    struct serving *now; /* NULL: nobody serves */
} page_process = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- forks: the thread and its sockets are the parent's ---- */

static void page_enter(void)
{
    pthread_mutex_lock(&page_process.lock);
}

static void page_leave(void)
{
    pthread_mutex_unlock(&page_process.lock);
}

/* Its memory stays: the thread may have been in the midst of anything. */
static void page_begin_anew(void)
{
    pthread_mutex_init(&page_process.lock, NULL);
    if (page_process.now)
        weir_guard_close_all(&page_process.now->guard);
    page_process.now = NULL;
}

static void page_watch_forks_once(void)
{
    weir_rt_watch_forks(); /* whose lock is taken under this one */
    pthread_atfork(page_enter, page_leave, page_begin_anew);
}

static void page_watch_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, page_watch_forks_once);
}

/* ---- the thread ---- */

static void page_tell(struct serving *self, int state)
{
    pthread_mutex_lock(&self->lock);
    self->state = state;
    pthread_cond_signal(&self->news);
    pthread_mutex_unlock(&self->lock);
}

static void page_on_listening(const char *address, void *arg)
{
    struct serving *self = arg;
    weir_format(self->address, sizeof self->address, "%s", address);
    self->page.door.port = (unsigned)strtoul(strrchr(address, ':') + 1, NULL, 10);
    page_tell(self, PAGE_LISTENS);
}

static void *page_run(void *arg)
{
    struct serving *self = arg;
    weir_error error;
    weir_stream *server = weir_page_serve(&self->page, self->address, page_on_listening, self);
    pthread_setname_np(pthread_self(), "weir-page");
    if (weir_rt_run(self->rt, server, NULL, &error) == WEIR_ERROR) {
        self->why = error;
        page_tell(self, PAGE_FAILED);
    }
    return NULL;
}

/* ---- beginning and end ---- */

static void page_drop(struct serving *self)
{
    bool served = self->rt;
    weir_rt_drop(self->rt);
    if (served && self->page.feed.serves)
        self->page.feed.serves(self->page.feed.arg, NULL);
    pthread_mutex_destroy(&self->lock);
    pthread_cond_destroy(&self->news);
    weir_release(self, sizeof *self);
}

static void page_end(struct serving *self)
{
    weir_rt_stop(self->rt);
    pthread_join(self->thread, NULL);
    page_drop(self);
}

static bool refuse_address(const weir_inspect_page_options *options, weir_error *error)
{
    char out[WEIR_ADDRESS_BYTES];
    bool other = weir_page_address(options->address, true, out);
    weir_error_set(error, WEIR_E_ARGUMENT,
                   other ? "%s can be reached from other machines, and the page is not encrypted"
                         : "%s is no address to serve the page at",
                   options->address);
    if (error)
        error->cure = other ? "127.0.0.1, and a tunnel (ssh -L) from there; or "
                              "weir_inspect_page_options.anywhere"
                            : "one as 127.0.0.1:8090, [::1]:8090, localhost:8090 or :8090";
    return false;
}

static struct serving *page_make(const char *address, const weir_inspect_page_options *options,
                                 const struct weir_page_feed *feed, weir_error *error)
{
    unsigned char secret[WEIR_PAGE_TOKEN_BYTES];
    struct serving *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory to serve the page");
        return NULL;
    }
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->news, NULL);
    self->page.feed = *feed;
    self->page.door.anywhere = options->anywhere;
    weir_guard_init_open(&self->guard);
    memcpy(self->address, address, WEIR_ADDRESS_BYTES);
    if (!weir_secret(secret, sizeof secret)) {
        weir_error_set(error, WEIR_E_SYSTEM, "the kernel gives no random bytes for a token");
        return page_drop(self), NULL;
    }
    weir_page_token_text(secret, self->page.door.token);
    self->rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = WEIR_DRIVER_PLAIN, .sys = &self->guard.sys, .workers = 1),
        error);
    if (!self->rt)
        return page_drop(self), NULL;
    if (feed->serves)
        feed->serves(feed->arg, self->rt);
    return self;
}

/* Until it listens, or cannot. */
static bool see(struct serving *self, weir_error *error)
{
    pthread_mutex_lock(&self->lock);
    while (self->state == PAGE_BEGINS)
        pthread_cond_wait(&self->news, &self->lock);
    bool listens = self->state == PAGE_LISTENS;
    pthread_mutex_unlock(&self->lock);
    if (!listens && error)
        *error = self->why;
    return listens;
}

static struct serving *page_begin(const weir_inspect_page_options *options,
                                  const struct weir_page_feed *feed, weir_error *error)
{
    char address[WEIR_ADDRESS_BYTES];
    if (!weir_page_address(options->address, options->anywhere, address))
        return refuse_address(options, error), NULL;
    struct serving *self = page_make(address, options, feed, error);
    if (!self)
        return NULL;
    int number = weir_thread_make(&self->thread, NULL, page_run, self);
    if (number) {
        weir_error_set(error, WEIR_E_SYSTEM, "no thread for the page: %s", weir_errno_text(number));
        return page_drop(self), NULL;
    }
    if (see(self, error))
        return self;
    return page_end(self), NULL;
}

/* What listens everywhere is asked for here. */
static bool write_url(const struct serving *self, char *url, size_t n, weir_error *error)
{
    const char *host = self->address, *port = strrchr(host, ':');
    bool all = !strncmp(host, "0.0.0.0:", 8) || !strncmp(host, "[::]:", 5);
    if (weir_format(url, n, "http://%s%s/#%s", all ? "127.0.0.1" : host, all ? port : "",
                    self->page.door.token) < n)
        return true;
    weir_error_set(error, WEIR_E_LIMIT, "the page's address has no room in %zu bytes", n);
    return false;
}

bool weir_page_begin(const weir_inspect_page_options *options, const struct weir_page_feed *feed,
                     char *url, size_t n, weir_error *error)
{
    weir_inspect_page_options all = {0};
    weir_options_take(&all, sizeof all, options, PAGE_FIRST_OPTIONS_BYTES);
    page_watch_forks();
    pthread_mutex_lock(&page_process.lock);
    if (!page_process.now)
        page_process.now = page_begin(&all, feed, error);
    bool served = page_process.now && write_url(page_process.now, url, n, error);
    pthread_mutex_unlock(&page_process.lock);
    return served;
}

void weir_inspect_page_stop(void)
{
    pthread_mutex_lock(&page_process.lock);
    if (page_process.now)
        page_end(page_process.now);
    page_process.now = NULL;
    pthread_mutex_unlock(&page_process.lock);
}
