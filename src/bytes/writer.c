/* Writers: the one door through which bytes go, and how writers are made and dropped. */

#include "weir/writer.h"

#include <sys/uio.h>

#include "bytes/raw.h"
#include "core/stage.h"

_Static_assert(sizeof(weir_writer) <= WEIR_STAGE_BYTES, "a writer can be made of any stage");

/* Bytes offered in one call: what an answer can count, and what no system call cuts. */
enum { WRITER_OFFER_BYTES = 1 << 30 };

static bool writer_is_last_spare(const weir_writer *writer);

static weir_poll writer_settle(weir_writer *writer, weir_cx *cx, weir_poll got)
{
    if (got.state == WEIR_ERROR)
        writer->stage.ending = true;
    return weir_stage_settle(&writer->stage, cx, got);
}

static bool writer_over(const weir_writer *writer)
{
    return writer->stage.done || writer->stage.ending;
}

static weir_poll refuse_more(weir_writer *writer, weir_cx *cx, const char *what)
{
    if (writer_is_last_spare(writer))
        return weir_stage_report(&writer->stage, cx);
    weir_fail(cx, WEIR_E_CLOSED, "%s after %s", what,
              writer->stage.ending ? "an error" : "the writer was closed");
    return weir_stage_settle(&writer->stage, cx, (weir_poll){0, WEIR_ERROR});
}

#define WRITER_MARKED "answered MARK: bytes carry no marks"

/* The contract, asserted in checking builds behind each of the writer's own functions. In others
 * what would have nobody wait, and nothing move, is an error. */
static weir_poll writer_check(weir_writer *writer, weir_cx *cx, weir_poll got,
                              struct weir_said before)
{
    weir_check_after(&writer->stage, cx, got.state, before);
    if (got.n && got.state != WEIR_READY)
        weir_misuse(writer->ops->name, "took bytes beside PENDING, ERROR or END");
    if (got.state == WEIR_MARK)
        weir_misuse(writer->ops->name, WRITER_MARKED);
    return got;
}

static weir_poll not_marked(weir_writer *writer, weir_cx *cx, weir_poll got)
{
    if (WEIR_UNLIKELY(got.state == WEIR_MARK))
        return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' " WRITER_MARKED, writer->ops->name);
    return got;
}

/* What a writer is offered: n bytes, which may stand in a block, or in pieces. */
struct offer {
    const void *bytes;
    size_t n;
    weir_block *block;
    const struct iovec *pieces;
    size_t pieces_n;
};

static weir_poll call_own_write(weir_writer *writer, weir_cx *cx, const struct offer *offer)
{
    const weir_writer_ops *ops = writer->ops;
    if (offer->block && WEIR_OPS_HAVE(ops, poll_give))
        return ops->poll_give(writer, cx, offer->block, offer->bytes, offer->n);
    if (offer->pieces_n > 1 && WEIR_OPS_HAVE(ops, poll_writev))
        return ops->poll_writev(writer, cx, offer->pieces, offer->pieces_n);
    return ops->poll_write(writer, cx, offer->bytes, offer->n);
}

static weir_poll call_write(weir_writer *writer, weir_cx *cx, const struct offer *offer)
{
    if (!WEIR_CHECKS)
        return not_marked(writer, cx, call_own_write(writer, cx, offer));
    struct weir_said before = weir_check_before(&writer->stage, cx);
    weir_poll got = writer_check(writer, cx, call_own_write(writer, cx, offer), before);
    if (got.n > offer->n)
        weir_misuse(writer->ops->name, "took more bytes than it was offered");
    return got;
}

typedef weir_poll own_poll(weir_writer *writer, weir_cx *cx);

static weir_poll writer_call_own(weir_writer *writer, weir_cx *cx, own_poll *own)
{
    if (!WEIR_CHECKS)
        return not_marked(writer, cx, own(writer, cx));
    struct weir_said before = weir_check_before(&writer->stage, cx);
    return writer_check(writer, cx, own(writer, cx), before);
}

/* An opening, a flush or a close. */
static weir_poll writer_call(weir_writer *writer, weir_cx *cx, own_poll *own)
{
    struct weir_timing *timing = cx->timing;
    if (WEIR_LIKELY(!timing))
        return writer_call_own(writer, cx, own);
    struct weir_timed timed = weir_timing_enter(timing, &writer->stage);
    weir_poll got = writer_call_own(writer, cx, own);
    weir_timing_leave(timing, &timed);
    return got;
}

static weir_poll writer_write_some(weir_writer *writer, weir_cx *cx, const struct offer *offer)
{
    weir_poll got = call_write(writer, cx, offer);
    if (WEIR_UNLIKELY(got.n > offer->n))
        return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' says that it took %u of %zu bytes",
                         writer->ops->name, got.n, offer->n);
    if (WEIR_LIKELY(got.state == WEIR_READY && got.n))
        return got;
    if (got.state == WEIR_READY || got.state == WEIR_END)
        return weir_fail(cx, WEIR_E_CLOSED, "the writer takes no more bytes");
    return got;
}

WEIR_COLD static weir_poll write_timed(weir_writer *writer, weir_cx *cx, const struct offer *offer)
{
    struct weir_timing *timing = cx->timing;
    struct weir_timed timed = weir_timing_enter(timing, &writer->stage);
    weir_poll got = writer_write_some(writer, cx, offer);
    weir_timing_leave(timing, &timed);
    return got;
}

static weir_poll write_offer(weir_writer *writer, weir_cx *cx, const struct offer *offer)
{
    if (WEIR_UNLIKELY(writer_over(writer)))
        return refuse_more(writer, cx, "a write");
    if (!offer->n)
        return (weir_poll){0, WEIR_READY};
    if (WEIR_UNLIKELY(cx->timing != NULL))
        return writer_settle(writer, cx, write_timed(writer, cx, offer));
    return writer_settle(writer, cx, writer_write_some(writer, cx, offer));
}

static size_t writer_at_once(size_t n)
{
    return n < WRITER_OFFER_BYTES ? n : WRITER_OFFER_BYTES;
}

weir_poll weir_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return write_offer(writer, cx, &(struct offer){.bytes = bytes, .n = writer_at_once(n)});
}

weir_poll weir_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block, const void *bytes,
                         size_t n)
{
    struct offer offer = {.bytes = bytes, .n = writer_at_once(n), .block = block};
    return write_offer(writer, cx, &offer);
}

/* Empty pieces in front, and what no answer could count, are left out. */
weir_poll weir_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces, size_t n)
{
    while (n && !pieces->iov_len)
        pieces++, n--;
    if (!n)
        return weir_poll_write(writer, cx, NULL, 0);
    struct offer offer = {.bytes = pieces->iov_base, .n = writer_at_once(pieces->iov_len)};
    bool whole = offer.n == pieces->iov_len && WEIR_OPS_HAVE(writer->ops, poll_writev);
    for (size_t i = 1; whole && i < n && pieces[i].iov_len <= WRITER_OFFER_BYTES - offer.n; i++) {
        offer.n += pieces[i].iov_len;
        offer.pieces_n = i + 1;
    }
    offer.pieces = pieces;
    return write_offer(writer, cx, &offer);
}

weir_poll weir_poll_pass(weir_writer *writer, weir_cx *cx, weir_reader *reader)
{
    size_t n;
    const unsigned char *bytes = weir_peek(reader, &n);
    weir_poll got = weir_poll_give(writer, cx, reader->block, bytes, n);
    if (got.state == WEIR_READY)
        weir_consume(reader, got.n);
    return got;
}

weir_poll weir_poll_open(weir_writer *writer, weir_cx *cx)
{
    if (WEIR_UNLIKELY(writer_over(writer)))
        return refuse_more(writer, cx, "an opening");
    if (!WEIR_OPS_HAVE(writer->ops, poll_open))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = writer_call(writer, cx, writer->ops->poll_open);
    return writer_settle(writer, cx,
                         (weir_poll){0, got.state == WEIR_END ? WEIR_READY : got.state});
}

static weir_poll call_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    if (!WEIR_CHECKS)
        return not_marked(writer, cx, writer->ops->poll_move(writer, cx, from));
    struct weir_said before = weir_check_before(&writer->stage, cx);
    return writer_check(writer, cx, writer->ops->poll_move(writer, cx, from), before);
}

weir_poll weir_writer_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    if (WEIR_UNLIKELY(writer_over(writer)))
        return refuse_more(writer, cx, "a move");
    if (!WEIR_OPS_HAVE(writer->ops, poll_move))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = call_move(writer, cx, from);
    if (got.state == WEIR_END)
        got = weir_fail(cx, WEIR_E_CLOSED, "the writer takes no more bytes");
    return writer_settle(writer, cx, got);
}

weir_poll weir_move(weir_writer *writer, weir_cx *cx, weir_reader *reader, weir_raw *from)
{
    *from = (weir_raw){.kind = WEIR_RAW_NONE};
    if (WEIR_UNLIKELY(writer_over(writer)))
        return refuse_more(writer, cx, "a move");
    if (!WEIR_OPS_HAVE(writer->ops, poll_move))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_reader_raw(reader, cx, from);
    if (got.state != WEIR_READY || from->kind == WEIR_RAW_NONE || from->kind == WEIR_RAW_LATER)
        return got;
    got = weir_writer_move(writer, cx, from);
    if (got.state == WEIR_READY)
        weir_reader_took(reader, got.n);
    reader->stage.dry = got.state == WEIR_READY && !got.n;
    return got;
}

weir_poll weir_poll_move(weir_writer *writer, weir_cx *cx, weir_reader *reader)
{
    weir_raw from;
    return weir_move(writer, cx, reader, &from);
}

static weir_poll writer_flush(weir_writer *writer, weir_cx *cx)
{
    if (!writer->ops->poll_flush)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = writer_call(writer, cx, writer->ops->poll_flush);
    return (weir_poll){0, got.state == WEIR_END ? WEIR_READY : got.state};
}

weir_poll weir_poll_flush(weir_writer *writer, weir_cx *cx)
{
    if (WEIR_UNLIKELY(writer_over(writer)))
        return refuse_more(writer, cx, "a flush");
    return writer_settle(writer, cx, writer_flush(writer, cx));
}

/* ---- how safe it is ---- */

weir_strength weir_writer_strength(const weir_writer *writer)
{
    return WEIR_OPS_HAVE(writer->ops, strength) ? writer->ops->strength(writer)
                                                : WEIR_STRENGTH_SENT;
}

static weir_poll call_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    if (!WEIR_CHECKS)
        return not_marked(writer, cx, writer->ops->poll_settle(writer, cx, strength));
    struct weir_said before = weir_check_before(&writer->stage, cx);
    return writer_check(writer, cx, writer->ops->poll_settle(writer, cx, strength), before);
}

static weir_poll settle_as(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    if (strength <= WEIR_STRENGTH_AT_CLOSE || strength > weir_writer_strength(writer))
        return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' does not promise that what it took is %s",
                         writer->ops->name, weir_strength_name(strength));
    if (!WEIR_OPS_HAVE(writer->ops, poll_settle))
        return writer_flush(writer, cx);
    weir_poll got = call_settle(writer, cx, strength);
    return (weir_poll){0, got.state == WEIR_END ? WEIR_READY : got.state};
}

weir_poll weir_writer_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    if (WEIR_UNLIKELY(writer_over(writer)))
        return refuse_more(writer, cx, "a settling");
    return writer_settle(writer, cx, settle_as(writer, cx, strength));
}

static weir_poll writer_close(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = writer->ops->poll_close ? writer_call(writer, cx, writer->ops->poll_close)
                                            : writer_flush(writer, cx);
    return (weir_poll){0, got.state == WEIR_READY ? WEIR_END : got.state};
}

weir_poll weir_poll_close(weir_writer *writer, weir_cx *cx)
{
    if (WEIR_UNLIKELY(writer->stage.ending || writer_is_last_spare(writer)))
        return refuse_more(writer, cx, "a close");
    if (writer->stage.done)
        return (weir_poll){0, WEIR_END};
    return writer_settle(writer, cx, writer_close(writer, cx));
}

size_t weir_unsent(const weir_writer *writer)
{
    return WEIR_OPS_HAVE(writer->ops, unsent) ? writer->ops->unsent(writer) : 0;
}

const char *weir_writer_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    return WEIR_OPS_HAVE(writer->ops, moves_by) ? writer->ops->moves_by(writer, from) : NULL;
}

/* ---- making ---- */

static weir_poll failed_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    return weir_stage_report(&writer->stage, cx);
}

static weir_poll failed_poll(weir_writer *writer, weir_cx *cx)
{
    return weir_stage_report(&writer->stage, cx);
}

static const weir_writer_ops writer_failed_ops = {.size = sizeof writer_failed_ops,
                                                  .name = "no memory",
                                                  .poll_write = failed_poll_write,
                                                  .poll_flush = failed_poll,
                                                  .poll_close = failed_poll,
                                                  .poll_open = failed_poll};

static const char *writer_name(const weir_stage *stage)
{
    return ((const weir_writer *)stage)->ops->name;
}

static void writer_fini(weir_stage *stage)
{
    weir_writer *writer = (weir_writer *)stage;
    if (writer->ops->fini)
        writer->ops->fini(writer);
    if (stage->source)
        stage->source->ending |= stage->ending; /* what was cut must not look whole below either */
}

static weir_stage *writer_input(const weir_stage *stage, size_t i)
{
    const weir_writer *writer = (const weir_writer *)stage;
    return writer->ops->input ? writer->ops->input(writer, i) : NULL;
}

static size_t writer_memory_max(const weir_stage *stage)
{
    const weir_writer *writer = (const weir_writer *)stage;
    return writer->ops->memory_max ? writer->ops->memory_max(writer) : 0;
}

static const weir_stage_ops writer_vt = {
    sizeof writer_vt, WEIR_KIND_WRITER,  writer_name, writer_fini,
    writer_input,     writer_memory_max, NULL};

/* Writers that stand for "no memory even for an arena"; the last one cannot be latched, and repeats
 * its error: it is done, so that it is never written to. */
static weir_writer writer_spares[WEIR_SPARE_STAGES];
static unsigned char writer_spares_used[WEIR_SPARE_STAGES];

static bool writer_is_last_spare(const weir_writer *writer)
{
    return writer == &writer_spares[WEIR_SPARE_STAGES - 1];
}

static void writer_spare_fini(weir_stage *stage)
{
    size_t i = (size_t)((weir_writer *)stage - writer_spares);
    if (i + 1 < WEIR_SPARE_STAGES)
        __atomic_store_n(&writer_spares_used[i], 0, __ATOMIC_RELEASE);
}

static const weir_stage_ops writer_spare_vt = {
    sizeof writer_spare_vt, WEIR_KIND_WRITER,  writer_name, writer_spare_fini,
    writer_input,           writer_memory_max, NULL};

static weir_writer writer_spares[WEIR_SPARE_STAGES] = {
    [WEIR_SPARE_STAGES -
     1] = {.stage = {.vt = &writer_spare_vt, .depth = 1, .failed = 1, .done = 1},
           .ops = &writer_failed_ops}};

static weir_writer *no_memory_writer(void)
{
    size_t i = weir_spare_take(writer_spares_used, WEIR_SPARE_STAGES);
    if (writer_is_last_spare(&writer_spares[i]))
        return &writer_spares[i];
    weir_stage_init(&writer_spares[i].stage, &writer_spare_vt, NULL, NULL);
    writer_spares[i].stage.failed = true;
    writer_spares[i].ops = &writer_failed_ops;
    return &writer_spares[i];
}

static weir_writer *as_failed_writer(weir_stage *stage)
{
    if (!stage->arena && stage->vt->kind == WEIR_KIND_WRITER)
        return (weir_writer *)stage;
    if (!stage->arena) {
        weir_stage_drop(stage);
        return no_memory_writer();
    }
    weir_writer *writer = (weir_writer *)stage;
    stage->vt = &writer_vt;
    writer->ops = &writer_failed_ops;
    return writer;
}

static weir_writer *writer_refuse(weir_stage *stage, const weir_fault *fault)
{
    weir_stage_refuse(stage, fault);
    return as_failed_writer(stage);
}

weir_writer *weir_writer_refuse(weir_stage *stage, weir_code code, const char *cure,
                                const char *format, const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n, NULL};
    return writer_refuse(stage, &fault);
}

weir_writer *weir_writer_refused(weir_code code, const char *cure, const char *format,
                                 const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n, "constructor"};
    weir_writer *writer = weir_writer_new(sizeof *writer, &writer_failed_ops);
    return writer_refuse(&writer->stage, &fault);
}

weir_writer *weir_writer_in(weir_arena *arena, size_t size, const weir_writer_ops *ops)
{
    size = size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
    weir_writer *writer = arena ? weir_arena_take(arena, size, WEIR_ALIGN) : NULL;
    if (!writer) {
        if (arena)
            weir_arena_drop(arena);
        return no_memory_writer();
    }
    weir_stage_init(&writer->stage, &writer_vt, arena, NULL);
    writer->ops = ops;
    return writer;
}

weir_writer *weir_writer_new(size_t size, const weir_writer_ops *ops)
{
    return weir_writer_in(weir_arena_usual(size), size, ops);
}

static weir_writer *writer_no_memory_for(weir_stage *below, const char *name, size_t size)
{
    weir_fault fault = {WEIR_E_MEMORY, NULL, "no memory for %s (%zu bytes)", {name}, size, name};
    return writer_refuse(below, &fault);
}

weir_writer *weir_writer_over(weir_writer *below, size_t size, const weir_writer_ops *ops)
{
    if (weir_stage_failed(&below->stage))
        return below;
    size = size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
    weir_writer *writer = weir_arena_take(below->stage.arena, size, WEIR_ALIGN);
    if (!writer)
        return writer_no_memory_for(&below->stage, ops->name, size);
    weir_stage_init(&writer->stage, &writer_vt, below->stage.arena, &below->stage);
    writer->ops = &writer_failed_ops; /* its fini has nothing to release yet */
    weir_fault fault;
    if (weir_stage_refuses(&writer->stage, &below->stage, WEIR_MARKS_UNSAID, &fault)) {
        fault.stage = ops->name;
        return writer_refuse(&writer->stage, &fault);
    }
    writer->ops = ops;
    return writer;
}

weir_writer *weir_writer_with(weir_writer *writer, const weir_stage *input)
{
    weir_fault fault;
    if (weir_stage_failed(&writer->stage) ||
        !weir_stage_refuses(&writer->stage, input, WEIR_MARKS_UNSAID, &fault))
        return writer;
    return writer_refuse(&writer->stage, &fault);
}

void weir_writer_drop(weir_writer *writer)
{
    weir_stage_drop(writer ? &writer->stage : NULL);
}

void weir_writer_give_up(weir_writer *writer)
{
    if (writer && !weir_stage_failed(&writer->stage))
        writer->stage.ending |= !writer->stage.done;
    weir_drop(writer);
}
