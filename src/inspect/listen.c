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
#include "task/runtimes.h"
#include "task/threads.h"
#include "weir/alloc.h"
#include "weir/net.h"
#include "weir/run.h"

enum { ADDRESS_BYTES = WEIR_DIRECTORY_BYTES + 24 };
/* So many are let in, of whom those beyond WEIR_INSPECT_CLIENTS_MAX are told to go. */
enum { CONNECTIONS_MAX = 2 * WEIR_INSPECT_CLIENTS_MAX };
#define DRAIN_NS 500000000ull

enum { FIRST_OPTIONS_BYTES = offsetof(weir_inspect_options, directory) + sizeof(char *) };

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

enum state { NOTHING, BEGINS, LISTENS, FAILED };

static struct {
    pthread_mutex_t lock; /* who begins and who ends; never taken by runtimes that come and go */
    pthread_mutex_t told; /* of what follows; held for moments only */
    pthread_cond_t news;
    enum state state;
    weir_error why;               /* it failed */
    struct telling *now;          /* NULL: nobody listens */
    const struct telling *wanted; /* begins with the first runtime; NULL: none does */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER,
             .told = PTHREAD_MUTEX_INITIALIZER,
             .news = PTHREAD_COND_INITIALIZER};

/* The runtime that it makes is its own. */
static _Thread_local bool tells_here;

/* ---- forks: the thread and its clients are the parent's ---- */

static void enter(void)
{
    pthread_mutex_lock(&process.lock);
}

static void leave(void)
{
    pthread_mutex_unlock(&process.lock);
}

/* Its memory stays: the thread may have been in the midst of anything. */
static void begin_anew(void)
{
    pthread_mutex_init(&process.lock, NULL);
    pthread_mutex_init(&process.told, NULL);
    pthread_cond_init(&process.news, NULL);
    if (process.now)
        weir_guard_close_all(&process.now->guard);
    process.now = NULL;
    if (process.state != NOTHING) /* else it is wanted still: a program may fork at its start */
        process.wanted = NULL;
    process.state = NOTHING;
}

static void watch_forks_once(void)
{
    weir_rt_watch_forks(); /* whose lock is taken under this one */
    pthread_atfork(enter, leave, begin_anew);
}

static void watch_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks_once);
}

/* ---- what is known of it ---- */

static void tell(enum state state, const weir_error *why)
{
    pthread_mutex_lock(&process.told);
    process.state = state;
    if (why)
        process.why = *why;
    pthread_cond_broadcast(&process.news);
    pthread_mutex_unlock(&process.told);
}

/* True: nobody else begins. */
static bool claim(void)
{
    pthread_mutex_lock(&process.told);
    bool mine = process.state == NOTHING;
    if (mine)
        process.state = BEGINS;
    pthread_mutex_unlock(&process.told);
    return mine;
}

/* Until it listens, or cannot. */
static enum state wait_for_news(weir_error *error)
{
    pthread_mutex_lock(&process.told);
    while (process.state == BEGINS)
        pthread_cond_wait(&process.news, &process.told);
    enum state state = process.state;
    if (state == FAILED && error)
        *error = process.why;
    pthread_mutex_unlock(&process.told);
    return state;
}

/* ---- the thread ---- */

static void on_listening(const char *address, void *arg)
{
    (void)address;
    (void)arg;
    tell(LISTENS, NULL);
}

static weir_stream *serve_one(weir_duplex near, void *arg)
{
    return weir_inspect_client(arg, near);
}
WEIR_THEN_FN(serve_one_fn, serve_one, weir_duplex, unsigned char, .from = &weir_type_duplex,
             .to = &weir_type_unit)

static weir_stream *serve(struct telling *self)
{
    weir_stream *incoming = weir_incoming(
        self->address, &WEIR_LISTEN_OPTIONS(.backlog = 128, .on_listening = on_listening));
    return weir_serve(incoming, &serve_one_fn, &self->of,
                      &WEIR_SERVE_OPTIONS(.max = CONNECTIONS_MAX, .drain_ns = DRAIN_NS));
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
        &WEIR_RT_OPTIONS(.driver = "epoll", .sys = &self->guard.sys, .workers = 1), error);
    self->of.own = self->rt;
    return self->rt;
}

static void *run(void *arg)
{
    struct telling *self = arg;
    weir_error error;
    tells_here = true;
    pthread_setname_np(pthread_self(), "weir-inspect");
    if (find_address(self, &error) && make_runtime(self, &error) &&
        weir_rt_run(self->rt, serve(self), NULL, &error) != WEIR_ERROR)
        return NULL;
    if (self->alone)
        weir_error_report(NULL, &error, "the inspector does not listen");
    tell(FAILED, &error);
    return NULL;
}

/* ---- runtimes that come and go ---- */

static void begin_alone(void);

static void opened(weir_rt *rt)
{
    if (tells_here)
        return;
    if (process.wanted && claim())
        begin_alone();
    pthread_mutex_lock(&process.told);
    if (process.now)
        weir_export_open(&process.now->of, rt);
    pthread_mutex_unlock(&process.told);
}

static void closing(weir_rt *rt)
{
    pthread_mutex_lock(&process.told);
    if (process.now)
        weir_export_close(&process.now->of, rt);
    pthread_mutex_unlock(&process.told);
}

/* ---- beginning ---- */

static void init(struct telling *self, const weir_inspect_options *options)
{
    memset(self, 0, sizeof *self);
    weir_guard_init(&self->guard, geteuid());
    weir_export_init(&self->of, &weir_sys_posix);
    self->of.calibrates = true;
    self->of.control = options->control;
    self->of.tap = options->tap;
}

static void give_back(struct telling *self)
{
    weir_rt_drop(self->rt);
    weir_token_drop(self->of.ends);
    weir_export_fini(&self->of);
    weir_release(self, sizeof *self);
}

static struct telling *make(const weir_inspect_options *options, weir_error *error)
{
    const char *directory = options->directory ? options->directory : "";
    struct telling *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for the inspector (%zu bytes)",
                       sizeof *self);
        return NULL;
    }
    init(self, options);
    if (weir_format(self->directory, sizeof self->directory, "%s", directory) <
        sizeof self->directory)
        return self;
    weir_error_set(error, WEIR_E_ARGUMENT, "the name of the directory has %zu bytes, of %d at most",
                   strlen(directory), WEIR_DIRECTORY_BYTES - 1);
    give_back(self);
    return NULL;
}

/* False: it is given back. */
static bool start(struct telling *self, weir_error *error)
{
    int number = weir_thread_make(&self->thread, NULL, run, self);
    if (!number) {
        pthread_mutex_lock(&process.told);
        process.now = self;
        pthread_mutex_unlock(&process.told);
        return true;
    }
    give_back(self);
    weir_error_set(error, WEIR_E_SYSTEM, "no thread for the inspector: %s",
                   weir_errno_text(number));
    return false;
}

/* Nobody waits for it: this is a moment in which no runtime can be made. */
static void begin_alone(void)
{
    weir_error error;
    struct telling *self = make(&process.wanted->options, &error);
    if (self)
        self->alone = true;
    if (self && start(self, &error))
        return;
    weir_error_report(NULL, &error, "the inspector does not listen");
    tell(FAILED, &error);
}

void weir_inspect_listen_later(const weir_inspect_options *options)
{
    static struct telling later;
    later.options = *options;
    watch_forks();
    process.wanted = &later;
    weir_rt_on_open(opened, closing);
}

static void end(void)
{
    struct telling *self = process.now;
    weir_rt_on_open(NULL, NULL);
    process.now = NULL;
    if (self->of.ends)
        weir_token_cancel(self->of.ends);
    if (self->rt)
        weir_rt_stop(self->rt);
    pthread_join(self->thread, NULL);
    give_back(self);
    tell(NOTHING, NULL);
}

static bool begin(const weir_inspect_options *options, weir_error *error)
{
    struct telling *self = make(options, error);
    if (!self || !start(self, error)) {
        tell(NOTHING, NULL);
        return false;
    }
    if (wait_for_news(error) == LISTENS) {
        weir_rt_on_open(opened, closing);
        return true;
    }
    end();
    return false;
}

bool weir_inspect_listen(const weir_inspect_options *options, weir_error *error)
{
    weir_inspect_options all = {0};
    weir_options_take(&all, sizeof all, options, FIRST_OPTIONS_BYTES);
    watch_forks();
    enter();
    bool listens = claim() ? begin(&all, error) : wait_for_news(error) == LISTENS;
    leave();
    return listens;
}

/* ---- the end ---- */

void weir_inspect_stop(void)
{
    enter();
    if (wait_for_news(NULL) != NOTHING && process.now)
        end();
    leave();
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
