/* watch: passes on what a future gives, can be told to give up while it waits, and lets somebody
 * look at the chain before it is dropped. */
#include "pipeline/stage_watch.h"

struct watch_stage {
    weir_stream stream;
    struct watch *watch;
};

static struct watch *watch_of(weir_stream *stream)
{
    return ((struct watch_stage *)stream)->watch;
}

static weir_poll watch_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct watch *watch = watch_of(stream);

    if (watch->abort)
        return weir_fail(cx, WEIR_E_STOPPED, "stopped at once");
    weir_poll got = weir_poll_next((weir_stream *)stream->stage.source, cx, out, demand);
    watch->failed |= got.state == WEIR_ERROR;
    if (got.state == WEIR_END && watch->on_over)
        watch->on_over(watch->arg);
    if (got.state == WEIR_PENDING)
        weir_waker_slot_store(&watch->slot, cx->waker);
    return got;
}

static void watch_fini(weir_stream *stream)
{
    struct watch *watch = watch_of(stream);

    weir_waker_slot_clear(&watch->slot);
    watch->alive = false;
    watch->on_end(watch->arg);
}

static const weir_stream_ops watch_ops = {
    .size = sizeof watch_ops, .name = "watch", .poll_next = watch_poll_next, .fini = watch_fini};

weir_stream *weir_pl_watch_build(weir_stream *future, struct watch *watch)
{
    weir_stream *stream =
        weir_stream_new(future, sizeof(struct watch_stage), &watch_ops, future->type);

    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    watch->alive = true;
    ((struct watch_stage *)stream)->watch = watch;
    return stream;
}

void weir_pl_watch_abort(struct watch *watch)
{
    if (!watch->alive || watch->abort)
        return;
    watch->abort = true;
    weir_waker_slot_wake(&watch->slot);
}
