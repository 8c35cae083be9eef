/* Which runtimes are told of. A program may make and drop them at any time: they are looked for
 * anew each time. */

#include "inspect/export.h"

#include "inspect/counsel.h"
#include "task/runtimes.h"
#include "weir/alloc.h"

enum { ROWS_BYTES = WEIR_INSPECT_ROWS_MAX * sizeof(weir_inspect_row) };

/* Those of this process: the socket and the page each have one. */
enum { EXPORTS_MAX = 4 };
static struct {
    pthread_mutex_t lock;
    struct weir_export *all[EXPORTS_MAX];
    _Atomic unsigned watching; /* at any of them: every cycle is timed meanwhile */
} export_process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void export_put(const struct weir_export *old, struct weir_export *in_place)
{
    pthread_mutex_lock(&export_process.lock);
    for (size_t i = 0; i < EXPORTS_MAX; i++)
        if (export_process.all[i] == old) {
            export_process.all[i] = in_place;
            break;
        }
    pthread_mutex_unlock(&export_process.lock);
}

/* It serves one of them. */
static bool export_is_own(const weir_rt *rt)
{
    bool own = false;
    pthread_mutex_lock(&export_process.lock);
    for (size_t i = 0; i < EXPORTS_MAX; i++)
        own |= export_process.all[i] && atomic_load(&export_process.all[i]->own) == rt;
    pthread_mutex_unlock(&export_process.lock);
    return own;
}

void weir_export_init(struct weir_export *self, const weir_sys *sys)
{
    self->sys = sys;
    self->began_ns = sys->now_ns(sys);
    pthread_mutex_init(&self->lock, NULL);
    export_put(NULL, self);
}

void weir_export_fini(struct weir_export *self)
{
    export_put(self, NULL);
    if (self->calibrating)
        pthread_join(self->calibrator, NULL);
    weir_counsel_drop(self->counsel);
    for (size_t i = 0; i < WEIR_EXPORT_CLOSED_MAX; i++)
        weir_release(self->closed[i].rows, ROWS_BYTES);
    pthread_mutex_destroy(&self->lock);
}

/* ---- clients ---- */

bool weir_export_enter(struct weir_export *self)
{
    unsigned n = atomic_load(&self->sessions);
    do
        if (n >= WEIR_INSPECT_CLIENTS_MAX)
            return false;
    while (!atomic_compare_exchange_weak(&self->sessions, &n, n + 1));
    return true;
}

void weir_export_leave(struct weir_export *self)
{
    atomic_fetch_sub(&self->sessions, 1);
}

/* ---- runtimes ---- */

/* No memory: it is not looked at now, and asked again with the next rows. */
static bool export_look_at(weir_rt *rt)
{
    weir_error error;
    if (export_is_own(rt) || !weir_inspect_start(rt, &error))
        return false;
    weir_inspect_attach(rt, atomic_load(&export_process.watching));
    return true;
}

void weir_export_borrow(struct weir_export *self, struct weir_exported *out)
{
    weir_rt *all[WEIR_INSPECT_RUNTIMES_MAX];
    size_t n = weir_rt_borrow_all(all, WEIR_INSPECT_RUNTIMES_MAX);
    (void)self; /* each tells of all but those that serve one */
    out->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (export_look_at(all[i]))
            out->rts[out->n++] = all[i];
        else
            weir_rt_give_back(all[i]);
    }
}

void weir_export_give_back(const struct weir_exported *exported)
{
    for (size_t i = 0; i < exported->n; i++)
        weir_rt_give_back(exported->rts[i]);
}

static void attach_all(struct weir_export *self)
{
    struct weir_exported all;
    weir_export_borrow(self, &all);
    weir_export_give_back(&all);
}

void weir_export_watch(struct weir_export *self)
{
    atomic_fetch_add(&self->watching, 1);
    if (!atomic_fetch_add(&export_process.watching, 1))
        attach_all(self);
}

void weir_export_watch_always(void)
{
    atomic_fetch_add(&export_process.watching, 1);
}

void weir_export_unwatch(struct weir_export *self)
{
    atomic_fetch_sub(&self->watching, 1);
    if (atomic_fetch_sub(&export_process.watching, 1) == 1)
        attach_all(self);
}

/* ---- as they come and go ---- */

void weir_export_open(struct weir_export *self, weir_rt *rt)
{
    (void)self;
    (void)export_look_at(rt);
}

/* No memory: its last rows are not told. */
static void export_keep(struct weir_last_rows *closed, weir_rt *rt)
{
    if (!closed->rows)
        closed->rows = weir_allocate(ROWS_BYTES);
    closed->number = rt->number;
    closed->n = closed->rows ? weir_inspect_snapshot(rt, closed->rows, WEIR_INSPECT_ROWS_MAX) : 0;
}

void weir_export_close(struct weir_export *self, weir_rt *rt)
{
    if (export_is_own(rt) || !atomic_load(&self->sessions))
        return;
    pthread_mutex_lock(&self->lock);
    export_keep(&self->closed[self->closed_n++ % WEIR_EXPORT_CLOSED_MAX], rt);
    pthread_mutex_unlock(&self->lock);
}
