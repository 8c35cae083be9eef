/* share: one source for readers that come and go. */

#include "stream/spread.h"
#include "weir/stream.h"

struct weir_sharing {
    struct weir_spread *spread; /* NULL: it could not be made */
    weir_stream *failed;
    bool one;
};

static const weir_stream_ops share_ops = WEIR_BRANCH_OPS("share", WEIR_MARKS_HOLD);
static const weir_stream_ops share_losing_ops = WEIR_BRANCH_OPS("share", WEIR_MARKS_LOSE);

static weir_stream *expect_replay(weir_stream *source, size_t capacity, size_t replay)
{
    if (weir_stage_failed(&source->stage) || replay <= capacity)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, "a larger capacity",
                              "%s: %zu items to replay are more than its capacity", "share", NULL,
                              replay);
}

weir_sharing *weir_share(weir_stream *source, size_t capacity, weir_slow slow, size_t replay)
{
    weir_sharing *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_drop(source);
        return NULL;
    }
    bool one = source->stage.one && slow == WEIR_SLOW_WAIT;
    source = expect_replay(source, capacity, replay);
    if (slow != WEIR_SLOW_WAIT)
        source = weir_expect_unmarked(source, "share", WEIR_BRANCH_LOSES);
    self->spread = weir_spread_new(&source, capacity, slow, replay, "share");
    self->failed = source;
    self->one = one;
    return self;
}

weir_stream *weir_share_reader(weir_sharing *self)
{
    if (!self)
        return weir_no_memory_stream();
    if (!self->spread)
        return weir_refused_like(self->failed);
    bool waits = self->spread->slow == WEIR_SLOW_WAIT;
    const weir_stream_ops *ops = waits ? &share_ops : &share_losing_ops;
    weir_stream *reader = weir_branch_new(self->spread, ops);
    if (!weir_stage_failed(&reader->stage))
        reader->stage.one = self->one;
    return reader;
}

void weir_share_drop(weir_sharing *self)
{
    if (!self)
        return;
    if (self->spread)
        weir_hub_leave(&self->spread->hub);
    else
        weir_drop(self->failed);
    weir_release(self, sizeof *self);
}
