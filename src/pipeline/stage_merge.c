/* merge: several sources at once, a line of whichever has one. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/room.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

/* ---- a last line without newline gets one: another source's line follows ---- */

struct close_line {
    weir_stream stream;
    char *bytes; /* of that line */
    size_t n;
};

static weir_poll close_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct close_line *self = WEIR_CONTAINER(stream, struct close_line, stream);
    weir_line *lines = out;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    weir_line *last = got.n ? &lines[got.n - 1] : NULL;

    if (!last || (last->size && last->data[last->size - 1] == '\n'))
        return got;
    self->n = last->size + 1;
    self->bytes = weir_allocate(self->n);
    if (!self->bytes)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a line of %zu bytes", self->n);
    memcpy(self->bytes, last->data, last->size);
    self->bytes[last->size] = '\n';
    *last = (weir_line){self->bytes, self->n};
    return got;
}

static void close_fini(weir_stream *stream)
{
    struct close_line *self = WEIR_CONTAINER(stream, struct close_line, stream);

    if (self->bytes)
        weir_release(self->bytes, self->n);
}

static size_t close_memory_max(const weir_stream *stream)
{
    (void)stream;
    return WEIR_LINE_MAX_DEFAULT + 1;
}

static const weir_stream_ops close_ops = {.size = sizeof close_ops,
                                          .name = "lines",
                                          .poll_next = close_poll_next,
                                          .fini = close_fini,
                                          .memory_max = close_memory_max};

/* ---- the stage ---- */

/* Nobody counts what it gives: it is dropped at its end, before the chain is. */
static weir_stream *lines_of(struct node *source)
{
    struct flow flow = {NULL, NULL};

    source->entry->build(&flow, source);
    source->source = &flow.reader->stage;
    weir_stream *lines = weir_lines_with(flow.reader, &WEIR_LINES_OPTIONS(.keep_ends = true));
    return weir_stream_new(lines, sizeof(struct close_line), &close_ops, &weir_type_line);
}

/* It makes its sources itself: they are not joined before it. */
static void build_merge(struct flow *flow, struct node *node)
{
    struct chain *chain = node->chain;
    weir_stream **lines = weir_pl_room_zeroed(chain->sources, sizeof *lines);

    if (!lines) {
        flow->reader = weir_reader_refused(WEIR_E_MEMORY, NULL, "no memory to merge %zu sources",
                                           NULL, NULL, chain->sources);
        return;
    }
    for (size_t i = 0; i < chain->sources; i++)
        lines[i] = lines_of(&chain->nodes[i]);
    flow->reader = weir_into_reader(weir_merge(lines, chain->sources));
    weir_pl_room_free(lines);
}

static bool check_merge(struct node *node, const struct words *words)
{
    weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                     "weir merge a.log b.log ! ...", "'merge' stands in front of its files");
    return false;
}

static const char *merge_note(const struct node *node)
{
    (void)node;
    return "all at once, a line of whichever has one";
}

const struct entry weir_pl_entry_merge = {
    .name = "merge",
    .usage = "merge FILE...",
    .does = "read several at once, a line of whichever has one",
    .help = "FILE may be an address, or -. Lines stay whole, and those of one FILE in their\n"
            "order; one without newline at an end gets one. A line over 1M is an error.\n"
            "Without merge one is read after the other: weir a.log b.log ! ...",
    .example = "weir merge tcp-listen:9000 tcp-listen:9001 ! lines ! grep ERROR ! -",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .flow = "nothing -> bytes",
    .copies = true,
    .build = build_merge,
    .check = check_merge,
    .note = merge_note,
};
