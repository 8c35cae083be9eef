/* The thread that tells of this process, and its socket. */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "core/stage.h"
#include "core/system_text.h"
#include "inspect/client.h"
#include "inspect/directory.h"
#include "inspect/guard.h"
#include "inspect/listen.h"
#include "task/drivers.h"
#include "task/runtimes.h"
#include "task/threads.h"
#include "weir/alloc.h"
#include "weir/net.h"
#include "weir/run.h"

enum { ADDRESS_BYTES = WEIR_DIRECTORY_BYTES + 24 };
/* So many are let in, of whom those beyond WEIR_INSPECT_CLIENTS_MAX are told to go. */
enum { CONNECTIONS_MAX = 2 * WEIR_INSPECT_CLIENTS_MAX };
#define LISTEN_DRAIN_NS 500000000ull

enum { LISTEN_FIRST_OPTIONS_BYTES = offsetof(weir_inspect_options, directory) + sizeof(char *) };

/* Of the thread. */
struct telling {
    struct weir_export of;
    struct weir_guard guard;
    weir_inspect_options options;
    weir_rt *rt;
    pthread_t thread;
    bool alone;                           /* nobody waits to hear that it began, or why not */
    char directory[WEIR_DIRECTORY_BYTES]; /* "": the usual one */
    char address[ADDRESS_BYTES];          /* unix:PATH */
};

enum listen_state { LISTEN_NOTHING, LISTEN_BEGINS, LISTEN_LISTENS, LISTEN_FAILED };

static struct {
    pthread_mutex_t lock; /* who begins and who ends; never taken by runtimes that come and go */
    pthread_mutex_t told; /* of what follows; held for moments only */
    pthread_cond_t news;
    enum listen_state state;
    weir_error why;               /* it failed */
    struct telling *now;          /* NULL: nobody listens */
    const struct telling *wanted; /* begins with the first runtime; NULL: none does */
} listen_process = {.lock = PTHREAD_MUTEX_INITIALIZER,
                    .told = PTHREAD_MUTEX_INITIALIZER,
                    .news = PTHREAD_COND_INITIALIZER};

/* The runtime that it makes is its own. */
static _Thread_local bool tells_here;

/* ---- forks: the thread and its clients are the parent's ---- */

static void listen_enter(void)
{
    pthread_mutex_lock(&listen_process.lock);
}

static void listen_leave(void)
{
    pthread_mutex_unlock(&listen_process.lock);
}

/* Its memory stays: the thread may have been in the midst of anything. */
static void listen_begin_anew(void)
{
    pthread_mutex_init(&listen_process.lock, NULL);
    pthread_mutex_init(&listen_process.told, NULL);
    pthread_cond_init(&listen_process.news, NULL);
    if (listen_process.now)
        weir_guard_close_all(&listen_process.now->guard);
    listen_process.now = NULL;
    if (listen_process.state !=
        LISTEN_NOTHING) /* else it is wanted still: a program may fork at its start */
        listen_process.wanted = NULL;
    listen_process.state = LISTEN_NOTHING;
}

static void listen_watch_forks_once(void)
{
    weir_rt_watch_forks(); /* whose lock is taken under this one */
    pthread_atfork(listen_enter, listen_leave, listen_begin_anew);
}

static void listen_watch_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, listen_watch_forks_once);
}

/* ---- what is known of it ---- */

static void listen_tell(enum listen_state state, const weir_error *why)
{
    pthread_mutex_lock(&listen_process.told);
    listen_process.state = state;
    if (why)
        listen_process.why = *why;
    pthread_cond_broadcast(&listen_process.news);
    pthread_mutex_unlock(&listen_process.told);
}

/* True: nobody else begins. */
static bool claim(void)
{
    pthread_mutex_lock(&listen_process.told);
    bool mine = listen_process.state == LISTEN_NOTHING;
    if (mine)
        listen_process.state = LISTEN_BEGINS;
    pthread_mutex_unlock(&listen_process.told);
    return mine;
}

/* Until it listens, or cannot. */
static enum listen_state wait_for_news(weir_error *error)
{
    pthread_mutex_lock(&listen_process.told);
    while (listen_process.state == LISTEN_BEGINS)
        pthread_cond_wait(&listen_process.news, &listen_process.told);
    enum listen_state state = listen_process.state;
    if (state == LISTEN_FAILED && error)
        *error = listen_process.why;
    pthread_mutex_unlock(&listen_process.told);
    return state;
}

/* ---- the thread ---- */

static void listen_on_listening(const char *address, void *arg)
{
    (void)address;
    (void)arg;
    listen_tell(LISTEN_LISTENS, NULL);
}

static weir_stream *serve_one(weir_duplex near, void *arg)
{
    return weir_inspect_client(arg, near);
}
WEIR_THEN_FN(serve_one_fn, serve_one, weir_duplex, unsigned char, .from = &weir_type_duplex,
             .to = &weir_type_unit)

static weir_stream *listen_serve(struct telling *self)
{
    weir_stream *incoming = weir_incoming(
        self->address, &WEIR_LISTEN_OPTIONS(.backlog = 128, .on_listening = listen_on_listening));
    return weir_serve(incoming, &serve_one_fn, &self->of,
                      &WEIR_SERVE_OPTIONS(.max = CONNECTIONS_MAX, .drain_ns = LISTEN_DRAIN_NS));
}

static bool fail_directory(weir_error *error, const char *name, int number)
{
    if (number == -EPERM || number == -ENOTDIR)
        weir_error_set(error, WEIR_E_ARGUMENT,
                       number == -EPERM ? "the directory %s is another user's, or open to others"
                                        : "%s is no directory, or a link",
                       name);
    else
        weir_error_set(error, WEIR_E_SYSTEM, "the directory %s: %s", name,
                       weir_errno_text(-number));
    error->number = -number;
    error->cure = "another one by weir_inspect_options.directory or XDG_RUNTIME_DIR, of mode 0700";
    return false;
}

/* Where it listens. */
static bool find_address(struct telling *self, weir_error *error)
{
    char name[WEIR_DIRECTORY_BYTES];
    if (!weir_directory_name(self->directory[0] ? self->directory : NULL, name, sizeof name))
        return fail_directory(error, "for sockets", -ENAMETOOLONG);
    int number = weir_directory_make(&weir_sys_posix, name);
    if (number)
        return fail_directory(error, name, number);
    weir_directory_sweep(&weir_sys_posix, name);
    weir_format(self->address, sizeof self->address, "unix:%s/%d.sock", name, (int)getpid());
    return true;
}

static bool make_runtime(struct telling *self, weir_error *error)
{
    self->of.ends = weir_token_new(NULL);
    if (!self->of.ends) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for the thread of the inspector");
        return false;
    }
    self->rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = WEIR_DRIVER_PLAIN, .sys = &self->guard.sys, .workers = 1),
        error);
    self->of.own = self->rt;
    return self->rt;
}

static void *listen_run(void *arg)
{
    struct telling *self = arg;
    weir_error error;
    tells_here = true;
    pthread_setname_np(pthread_self(), "weir-inspect");
    if (find_address(self, &error) && make_runtime(self, &error) &&
        weir_rt_run(self->rt, listen_serve(self), NULL, &error) != WEIR_ERROR)
        return NULL;
    if (self->alone)
        weir_error_report(NULL, &error, "the inspector does not listen");
    listen_tell(LISTEN_FAILED, &error);
    return NULL;
}

/* ---- runtimes that come and go ---- */

static void begin_alone(void);

static void opened(weir_rt *rt)
{
    if (tells_here)
        return;
    if (listen_process.wanted && claim())
        begin_alone();
    pthread_mutex_lock(&listen_process.told);
    if (listen_process.now)
        weir_export_open(&listen_process.now->of, rt);
    pthread_mutex_unlock(&listen_process.told);
}

static void closing(weir_rt *rt)
{
    pthread_mutex_lock(&listen_process.told);
    if (listen_process.now)
        weir_export_close(&listen_process.now->of, rt);
    pthread_mutex_unlock(&listen_process.told);
}

/* ---- beginning ---- */

static void listen_init(struct telling *self, const weir_inspect_options *options)
{
    memset(self, 0, sizeof *self);
    weir_guard_init(&self->guard, geteuid());
    weir_export_init(&self->of, &weir_sys_posix);
    self->of.calibrates = true;
    self->of.control = options->control;
    self->of.tap = options->tap;
}

static void listen_give_back(struct telling *self)
{
    weir_rt_drop(self->rt);
    weir_token_drop(self->of.ends);
    weir_export_fini(&self->of);
    weir_release(self, sizeof *self);
}

static struct telling *listen_make(const weir_inspect_options *options, weir_error *error)
{
    const char *directory = options->directory ? options->directory : "";
    struct telling *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for the inspector (%zu bytes)",
                       sizeof *self);
        return NULL;
    }
    listen_init(self, options);
    if (weir_format(self->directory, sizeof self->directory, "%s", directory) <
        sizeof self->directory)
        return self;
    weir_error_set(error, WEIR_E_ARGUMENT, "the name of the directory has %zu bytes, of %d at most",
                   strlen(directory), WEIR_DIRECTORY_BYTES - 1);
    listen_give_back(self);
    return NULL;
}

/* False: it is given back. */
static bool listen_start(struct telling *self, weir_error *error)
{
    int number = weir_thread_make(&self->thread, NULL, listen_run, self);
    if (!number) {
        pthread_mutex_lock(&listen_process.told);
        listen_process.now = self;
        pthread_mutex_unlock(&listen_process.told);
        return true;
    }
    listen_give_back(self);
    weir_error_set(error, WEIR_E_SYSTEM, "no thread for the inspector: %s",
                   weir_errno_text(number));
    return false;
}

/* Nobody waits for it: this is a moment in which no runtime can be made. */
static void begin_alone(void)
{
    weir_error error;
    struct telling *self = listen_make(&listen_process.wanted->options, &error);
    if (self)
        self->alone = true;
    if (self && listen_start(self, &error))
        return;
    weir_error_report(NULL, &error, "the inspector does not listen");
    listen_tell(LISTEN_FAILED, &error);
}

void weir_inspect_listen_later(const weir_inspect_options *options)
{
    static struct telling later;
    later.options = *options;
    listen_watch_forks();
    listen_process.wanted = &later;
    weir_rt_on_open(opened, closing);
}

static void listen_end(void)
{
    struct telling *self = listen_process.now;
    weir_rt_on_open(NULL, NULL);
    listen_process.now = NULL;
    if (self->of.ends)
        weir_token_cancel(self->of.ends);
    if (self->rt)
        weir_rt_stop(self->rt);
    pthread_join(self->thread, NULL);
    listen_give_back(self);
    listen_tell(LISTEN_NOTHING, NULL);
}

static bool listen_begin(const weir_inspect_options *options, weir_error *error)
{
    struct telling *self = listen_make(options, error);
    if (!self || !listen_start(self, error)) {
        listen_tell(LISTEN_NOTHING, NULL);
        return false;
    }
    if (wait_for_news(error) == LISTEN_LISTENS) {
        weir_rt_on_open(opened, closing);
        return true;
    }
    listen_end();
    return false;
}

bool weir_inspect_listen(const weir_inspect_options *options, weir_error *error)
{
    weir_inspect_options all = {0};
    weir_options_take(&all, sizeof all, options, LISTEN_FIRST_OPTIONS_BYTES);
    listen_watch_forks();
    listen_enter();
    bool listens = claim() ? listen_begin(&all, error) : wait_for_news(error) == LISTEN_LISTENS;
    listen_leave();
    return listens;
}

/* ---- the end ---- */

void weir_inspect_stop(void)
{
    listen_enter();
    if (wait_for_news(NULL) != LISTEN_NOTHING && listen_process.now)
        listen_end();
    listen_leave();
}

__attribute__((destructor)) static void end_with_process(void)
{
    weir_inspect_stop();
}

bool weir_inspect_path(const char *directory, int pid, char *out, size_t size)
{
    char name[WEIR_DIRECTORY_BYTES];
    if (!weir_directory_name(directory, name, sizeof name))
        return false;
    return weir_format(out, size, "%s/%d.sock", name, pid ? pid : (int)getpid()) < size;
}
