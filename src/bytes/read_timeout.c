/* read_timeout: an error where no byte comes for too long. */

#include "bytes/idle.h"
#include "bytes/lent.h"
#include "core/format.h"
#include "weir/paced.h"

struct read_timeout {
    weir_reader reader;
    struct weir_idle idle;
};

static struct read_timeout *read_timeout_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct read_timeout, reader);
}

static weir_poll timeout_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct read_timeout *self = read_timeout_of(reader);
    weir_reader *source = weir_lent_source(reader);
    size_t before = reader->end - reader->begin;
    if (!weir_clock_is_there(cx, "read_timeout"))
        return (weir_poll){0, WEIR_ERROR};
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    if (got.state != WEIR_PENDING)
        weir_idle_over(&self->idle);
    else if (weir_idle_passed(&self->idle, cx, reader->end - reader->begin > before))
        return weir_fail_at(cx, reader, WEIR_E_TIMEOUT, "no byte came for %s",
                            WEIR_TIME_TEXT(self->idle.ns));
    return got;
}

static void read_timeout_fini(weir_reader *reader)
{
    weir_lent_fini(reader);
    weir_timer_stop(&read_timeout_of(reader)->idle.timer);
}

static const weir_reader_ops read_timeout_ops = {.size = sizeof read_timeout_ops,
                                                 .name = "read_timeout",
                                                 .poll_fill = timeout_poll_fill,
                                                 .fini = read_timeout_fini,
                                                 .size_hint = weir_lent_size_hint,
                                                 .reserve = weir_lent_reserve,
                                                 .place = weir_lent_place,
                                                 .memory_max = weir_lent_memory_max,
                                                 .half_of = weir_lent_half_of};

weir_reader *weir_read_timeout(weir_reader *source, uint64_t timeout_ns)
{
    weir_reader *reader = weir_reader_over(source, sizeof(struct read_timeout), &read_timeout_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    if (!timeout_ns)
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, "a time of at least 1 ns",
                                  "%s: the limit '%s' is 0", "read_timeout", "timeout_ns", 0);
    read_timeout_of(reader)->idle.ns = timeout_ns;
    weir_lent_begin(reader);
    return reader;
}
