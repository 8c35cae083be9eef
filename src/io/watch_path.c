/* watch_path: what the kernel tells of a file or directory. */

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

#include "io/notify.h"
#include "weir/watch.h"

enum { EVENTS_BYTES = 4096 };

const weir_type weir_type_path_event = {.name = "weir_path_event",
                                        .size = sizeof(weir_path_event),
                                        .align = _Alignof(weir_path_event),
                                        .detached = true};

static const struct {
    uint32_t bit;
    weir_path_change change;
} changes[] = {
    {IN_CREATE, WEIR_PATH_CREATED},      {IN_MODIFY, WEIR_PATH_MODIFIED},
    {IN_CLOSE_WRITE, WEIR_PATH_CLOSED},  {IN_DELETE, WEIR_PATH_DELETED},
    {IN_DELETE_SELF, WEIR_PATH_DELETED}, {IN_MOVED_FROM, WEIR_PATH_MOVED_FROM},
    {IN_MOVED_TO, WEIR_PATH_MOVED_TO},   {IN_MOVE_SELF, WEIR_PATH_MOVED_SELF},
};
enum { WATCH_PATH_CHANGES = sizeof changes / sizeof *changes };

struct watch_path {
    weir_stream stream;
    const char *path;
    struct weir_notify notify;
    size_t at, n;
    bool over; /* the kernel has taken the watch away */
    _Alignas(struct inotify_event) char told[EVENTS_BYTES];
};

static struct watch_path *watch_path_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct watch_path, stream);
}

static weir_poll watch_path_fail(const struct watch_path *self, weir_cx *cx, int64_t error)
{
    return weir_fail_system(cx, error, "watch", self->path, WEIR_NOWHERE);
}

static weir_poll watch_path_fail_lost(const struct watch_path *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_LIMIT, "events were lost: more came than the kernel holds");
    cx->error.cure = "take them sooner, look at the directory itself now, or raise "
                     "/proc/sys/fs/inotify/max_queued_events";
    cx->error.fatal = false;
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->path);
    return (weir_poll){0, WEIR_ERROR};
}

static int watch_path_begin(struct watch_path *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    uint32_t mask = 0;
    for (size_t i = 0; i < WATCH_PATH_CHANGES; i++)
        mask |= changes[i].bit;
    int error = weir_notify_open(&self->notify, cx);
    int watch = error ? error : sys->inotify_add(sys, self->notify.fd, self->path, mask);
    return watch < 0 ? watch : 0;
}

static const struct inotify_event *event_at(const struct watch_path *self, size_t at)
{
    return (const void *)(self->told + at);
}

/* False: there is nothing to say of it. */
static bool translate(const struct inotify_event *event, weir_path_event *out)
{
    for (size_t i = 0; i < WATCH_PATH_CHANGES; i++) {
        if (!(event->mask & changes[i].bit))
            continue;
        *out = (weir_path_event){.change = changes[i].change,
                                 .directory = event->mask & IN_ISDIR,
                                 .cookie = event->cookie};
        if (event->len)
            weir_format(out->name, sizeof out->name, "%s", event->name);
        return true;
    }
    return false;
}

/* Up to one that is an error, or to the last. */
static uint32_t watch_path_give(struct watch_path *self, weir_path_event *out, size_t demand)
{
    uint32_t n = 0;
    while (n < demand && self->at < self->n) {
        const struct inotify_event *event = event_at(self, self->at);
        if (event->mask & IN_Q_OVERFLOW)
            break;
        self->at += sizeof *event + event->len;
        self->over = self->over || event->mask & IN_IGNORED;
        n += translate(event, &out[n]);
    }
    return n;
}

/* READY: some were told. */
static weir_poll watch_path_wait_for_more(struct watch_path *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    int64_t n = sys->read(sys, self->notify.fd, self->told, sizeof self->told);
    if (n == -EAGAIN) {
        int told = weir_notify_wait(&self->notify, cx);
        return told < 0 ? watch_path_fail(self, cx, told)
                        : (weir_poll){0, told ? WEIR_READY : WEIR_PENDING};
    }
    if (n < 0 && n != -EINTR)
        return watch_path_fail(self, cx, n);
    self->at = 0;
    self->n = n > 0 ? (size_t)n : 0;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll watch_path_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct watch_path *self = watch_path_of(stream);
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "watch_path");
    if (weir_io_stopping(cx)) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    int error = self->notify.fd < 0 ? watch_path_begin(self, cx) : 0;
    if (error)
        return watch_path_fail(self, cx, error);
    uint32_t n = watch_path_give(self, out, demand);
    if (n)
        return (weir_poll){n, WEIR_READY};
    if (self->at < self->n) {
        self->at += sizeof(struct inotify_event) + event_at(self, self->at)->len;
        return watch_path_fail_lost(self, cx);
    }
    return self->over ? (weir_poll){0, WEIR_END} : watch_path_wait_for_more(self, cx);
}

static void watch_path_fini(weir_stream *stream)
{
    weir_notify_fini(&watch_path_of(stream)->notify);
}

static size_t watch_path_memory_max(const weir_stream *stream)
{
    (void)stream;
    return sizeof(weir_io);
}

static const weir_stream_ops watch_path_ops = {.size = sizeof watch_path_ops,
                                               .name = "watch_path",
                                               .poll_next = watch_path_poll_next,
                                               .fini = watch_path_fini,
                                               .memory_max = watch_path_memory_max};

weir_stream *weir_watch_path(const char *path)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct watch_path), &watch_path_ops, &weir_type_path_event);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct watch_path *self = watch_path_of(stream);
    self->notify.fd = -1;
    return weir_keep_path(stream, path, &self->path);
}
