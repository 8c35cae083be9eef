/* exec over bytes: its input is filled while its output is read, so that neither waits for ever. */
#include <string.h>

#include "pipeline/command.h"
#include "pipeline/stage_exec.h"

struct through {
    weir_reader reader;
    weir_reader *source;
    weir_child_parts child;
    bool ended; /* the source */
    bool fed;   /* its input was closed, by us or by it */
};

static struct through *through_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct through, reader);
}

/* It closed its input, or is over: what it came to says its output. */
static weir_poll child_says(weir_poll got)
{
    return got.state == WEIR_ERROR ? (weir_poll){0, WEIR_END} : got;
}

static weir_poll close_input(struct through *self, weir_cx *cx)
{
    self->child.in->stage.cut |= self->source->stage.cut;
    weir_poll got = weir_poll_close(self->child.in, cx);
    if (got.state == WEIR_ERROR && cx->error.code == WEIR_E_STOPPED)
        return got;
    return child_says(got);
}

/* END: it has all, or wants no more. READY: more could be done. */
static weir_poll feed(struct through *self, weir_cx *cx)
{
    weir_reader *source = self->source;
    size_t n = 0;

    const unsigned char *bytes = weir_peek(source, &n);
    if (!n && !self->ended) {
        weir_poll got = weir_poll_fill(source, cx, 1);
        self->ended = got.state == WEIR_END;
        bytes = weir_peek(source, &n);
        if (!n && !self->ended)
            return got;
    }
    if (!n)
        return close_input(self, cx);
    weir_poll got = weir_poll_write(self->child.in, cx, bytes, n);
    weir_consume(source, got.n);
    return child_says(got);
}

/* As far as it goes. ERROR: of the source. */
static weir_poll feed_all(struct through *self, weir_cx *cx)
{
    while (!self->fed) {
        weir_poll got = feed(self, cx);
        if (got.state == WEIR_END)
            self->fed = true;
        else if (got.state != WEIR_READY)
            return got;
        else if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll through_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct through *self = through_of(reader);
    weir_reader *out = self->child.out;

    weir_reader_lend(reader, out);
    weir_poll got = feed_all(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    got = weir_poll_fill(out, cx, min);
    weir_reader_lend(reader, out);
    return got;
}

static void through_fini(weir_reader *reader)
{
    weir_child_parts_drop(through_of(reader)->child);
}

static bool through_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(through_of(reader)->child.out, bytes);
}

static weir_stage *through_input(const weir_reader *reader, size_t i)
{
    const struct through *self = through_of(reader);
    return i == 0 ? &self->child.out->stage : i == 1 ? &self->child.in->stage : NULL;
}

static size_t through_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops through_ops = {.size = sizeof through_ops,
                                            .name = "exec",
                                            .poll_fill = through_poll_fill,
                                            .fini = through_fini,
                                            .reserve = through_reserve,
                                            .input = through_input,
                                            .memory_max = through_memory_max};

static weir_child_parts start(const struct command *command)
{
    static const weir_exec_options options = {.size = sizeof options,
                                              .in = WEIR_STDIO_PIPE,
                                              .out = WEIR_STDIO_PIPE,
                                              .must_succeed = true};
    struct item none = {.n = 0};
    size_t bytes;
    const char *why;
    char **argv = weir_pl_command_make(command, &none, &bytes, &why);

    if (!argv) {
        weir_code code = why == weir_pl_command_no_memory ? WEIR_E_MEMORY : WEIR_E_LIMIT;
        return (weir_child_parts){.in = weir_writer_refused(code, NULL, "%s", why, NULL, 0),
                                  .out = weir_reader_refused(code, NULL, "%s", why, NULL, 0)};
    }
    weir_child_parts child = weir_exec((const char *const *)argv, &options);
    weir_release(argv, bytes);
    weir_drop(child.status);
    child.status = NULL;
    return child;
}

void weir_pl_exec_bytes_build(struct flow *flow, struct node *node)
{
    weir_reader *source = flow->reader;
    weir_child_parts child = start(node->command);

    flow->reader = weir_reader_over(source, sizeof(struct through), &through_ops);
    if (weir_stage_failed(&flow->reader->stage)) {
        weir_child_parts_drop(child);
        return;
    }
    struct through *self = through_of(flow->reader);
    self->source = source;
    self->child = child;
    self->reader.offset = child.out->offset;
    if (!weir_stage_failed(&child.out->stage))
        self->reader.reserve = child.out->reserve;
    flow->reader = weir_reader_with(flow->reader, &child.out->stage);
}
