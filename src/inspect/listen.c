/* The thread that tells of this process, and its socket. */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "core/stage.h"
#include "inspect/client.h"
#include "inspect/directory.h"
#include "inspect/guard.h"
#include "task/threads.h"
#include "weir/alloc.h"
#include "weir/net.h"
#include "weir/run.h"

enum { PATH_BYTES = WEIR_DIRECTORY_BYTES + 24 };
/* So many are let in, of whom those beyond WEIR_INSPECT_CLIENTS_MAX are told to go. */
enum { CONNECTIONS_MAX = 2 * WEIR_INSPECT_CLIENTS_MAX };
#define DRAIN_NS 500000000ull

enum { FIRST_OPTIONS_BYTES = offsetof(weir_inspect_options, directory) + sizeof(char *) };

/* Of the thread. */
struct telling {
    struct weir_export of;
    struct weir_guard guard;
    weir_rt *rt;
    pthread_t thread;
    char address[PATH_BYTES]; /* unix:PATH */
};

static struct {
    pthread_mutex_t lock; /* who begins and who ends */
    pthread_mutex_t told; /* of what follows */
    pthread_cond_t news;
    enum { NOTHING, BEGINS, LISTENS, FAILED } state;
    weir_error why;
    struct telling *now; /* NULL: nobody listens */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER,
             .told = PTHREAD_MUTEX_INITIALIZER,
             .news = PTHREAD_COND_INITIALIZER};

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
    process.state = NOTHING;
}

static void watch_forks(void)
{
    pthread_atfork(enter, leave, begin_anew);
}

/* ---- the thread ---- */

static void tell(int state, const weir_error *why)
{
    pthread_mutex_lock(&process.told);
    process.state = state;
    if (why)
        process.why = *why;
    pthread_cond_broadcast(&process.news);
    pthread_mutex_unlock(&process.told);
}

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

static void *run(void *arg)
{
    struct telling *self = arg;
    weir_error error;
    pthread_setname_np(pthread_self(), "weir-inspect");
    if (weir_rt_run(self->rt, serve(self), NULL, &error) == WEIR_ERROR)
        tell(FAILED, &error);
    return NULL;
}

/* ---- beginning ---- */

static void give_back(struct telling *self)
{
    weir_rt_drop(self->rt);
    weir_token_drop(self->of.ends);
    weir_release(self, sizeof *self);
}

static struct telling *refuse(struct telling *self, weir_error *error, const char *what, int number)
{
    weir_error_set(error, WEIR_E_SYSTEM, "%s: %s", what, strerrordesc_np(number));
    if (error)
        error->number = number;
    if (self)
        give_back(self);
    return NULL;
}

static struct telling *no_memory(struct telling *self, weir_error *error)
{
    weir_error_set(error, WEIR_E_MEMORY, "no memory for the thread of the inspector");
    if (self)
        give_back(self);
    return NULL;
}

static struct telling *make(const weir_inspect_options *options, weir_error *error)
{
    struct telling *self = weir_allocate(sizeof *self);
    if (!self)
        return no_memory(NULL, error);
    memset(self, 0, sizeof *self);
    weir_guard_init(&self->guard, geteuid());
    self->of.sys = &weir_sys_posix;
    self->of.control = options->control;
    self->of.tap = options->tap;
    self->of.ends = weir_token_new(NULL);
    if (!self->of.ends)
        return no_memory(self, error);
    self->rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = "epoll", .sys = &self->guard.sys, .workers = 1), error);
    self->of.own = self->rt;
    if (self->rt)
        return self;
    give_back(self);
    return NULL;
}

static bool fail_directory(weir_error *error, const char *name, int number)
{
    bool others = number == -EPERM || number == -ENOTDIR;
    if (others)
        weir_error_set(error, WEIR_E_ARGUMENT,
                       number == -EPERM ? "the directory %s is another user's, or open to others"
                                        : "%s is no directory, or a link",
                       name);
    else
        refuse(NULL, error, name, -number);
    if (error)
        error->cure = "another one by weir_inspect_options.directory or XDG_RUNTIME_DIR, mode 0700";
    return false;
}

/* Where it listens. */
static bool prepare(struct telling *self, const char *directory, weir_error *error)
{
    char name[WEIR_DIRECTORY_BYTES];
    if (!weir_directory_name(directory, name, sizeof name)) {
        weir_error_set(error, WEIR_E_ARGUMENT,
                       "the name of the directory has %zu bytes, %d are the most",
                       strlen(directory), WEIR_DIRECTORY_BYTES - 1);
        return false;
    }
    int number = weir_directory_make(&weir_sys_posix, name);
    if (number)
        return fail_directory(error, name, number);
    weir_directory_sweep(&weir_sys_posix, name);
    weir_format(self->address, sizeof self->address, "unix:%s/%d.sock", name, (int)getpid());
    return true;
}

static void end(struct telling *self)
{
    weir_token_cancel(self->of.ends);
    weir_rt_stop(self->rt);
    pthread_join(self->thread, NULL);
    give_back(self);
}

/* Until it listens, or cannot. */
static bool see(struct telling *self, weir_error *error)
{
    pthread_mutex_lock(&process.told);
    while (process.state == BEGINS)
        pthread_cond_wait(&process.news, &process.told);
    bool listens = process.state == LISTENS;
    pthread_mutex_unlock(&process.told);
    if (!listens && error)
        *error = process.why;
    if (!listens)
        end(self);
    return listens;
}

static bool begin(const weir_inspect_options *options, weir_error *error)
{
    struct telling *self = make(options, error);
    if (!self)
        return false;
    if (!prepare(self, options->directory, error)) {
        give_back(self);
        return false;
    }
    process.state = BEGINS;
    int number = weir_thread_make(&self->thread, NULL, run, self);
    if (number)
        return refuse(self, error, "a thread for the inspector", number);
    if (!see(self, error))
        return false;
    process.now = self;
    return true;
}

bool weir_inspect_listen(const weir_inspect_options *options, weir_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    weir_inspect_options all = {0};
    weir_options_take(&all, sizeof all, options, FIRST_OPTIONS_BYTES);
    pthread_once(&once, watch_forks);
    enter();
    bool listens = process.now || begin(&all, error);
    leave();
    return listens;
}

/* ---- the end ---- */

__attribute__((destructor)) static void end_with_process(void)
{
    weir_inspect_stop();
}

void weir_inspect_stop(void)
{
    enter();
    if (process.now)
        end(process.now);
    process.now = NULL;
    leave();
}

bool weir_inspect_path(const char *directory, int pid, char *out, size_t size)
{
    char name[WEIR_DIRECTORY_BYTES];
    if (!weir_directory_name(directory, name, sizeof name))
        return false;
    return weir_format(out, size, "%s/%d.sock", name, pid ? pid : (int)getpid()) < size;
}
