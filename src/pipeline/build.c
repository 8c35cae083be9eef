/* Building: nodes into stages, and what these say of themselves. */
#include "pipeline/build.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/broker.h"
#include "pipeline/items.h"
#include "pipeline/room.h"
#include "pipeline/sink.h"
#include "pipeline/sought.h"
#include "pipeline/source.h"
#include "pipeline/stage_gate.h"
#include "pipeline/stage_net.h"
#include "pipeline/stages.h"
#include "pipeline/text_host.h"

/* Marks that are settled at once where that ends what is compressed: the more, the smaller it is.
 */
enum { PACKED_MARKS = 64 };

static size_t length(const weir_stage *stage)
{
    size_t n = 0;
    for (; stage; stage = stage->source)
        n++;
    return n;
}

static void know(struct node *node, const weir_stage *stage)
{
    node->stage = stage;
    node->stage_name = weir_stage_name(stage);
    node->stages = length(stage);
    node->failed = weir_stage_failed(stage);
}

static const weir_stage *flow_stage(const struct flow *flow)
{
    return flow->reader ? &flow->reader->stage : &flow->stream->stage;
}

void weir_pl_chain_build_to(struct chain *chain, size_t n, struct flow *flow)
{
    size_t from = n;

    while (from > chain->sources && chain->nodes[from - 1].entry != &weir_pl_entry_retry)
        from--;
    if (from > chain->sources) {
        from--; /* the retry builds all that is before it */
    } else if (!chain->merged && !chain->apart) {
        weir_pl_sources_build(chain, flow);
        know(&chain->nodes[chain->sources - 1], flow_stage(flow));
    }
    for (size_t i = from; i < n; i++) {
        struct node *node = &chain->nodes[i];
        node->entry->build(flow, node);
        if (!node->merged)
            know(node, flow_stage(flow));
        if (i > chain->sources && chain->nodes[i - 1].merged)
            know(&chain->nodes[i - 1], &flow->stream->stage);
    }
}

struct node *weir_pl_chain_end(const struct chain *chain)
{
    struct node *end = weir_pl_chain_sink(chain);

    while (chain->each && end[-1].entry->pack)
        end--;
    return end;
}

/* So what stands between them keeps its place. */
weir_stream *weir_pl_chain_lines(const struct chain *chain, weir_stream *stream)
{
    const struct node *end = weir_pl_chain_end(chain);
    unsigned type = end->before->gives;

    if (type == FLOW_BYTES) /* as `to` gives them then */
        return stream;
    if (type != FLOW_LINES)
        stream = weir_pl_items_to_lines(stream, type);
    return weir_to_lines_each(stream, weir_pl_lines_longest(end));
}

/* The last of them stands before the sink. */
weir_writer *weir_pl_chain_pack(const struct chain *chain, weir_writer *writer)
{
    struct node *end = weir_pl_chain_end(chain);

    for (struct node *node = weir_pl_chain_sink(chain); node-- > end;) {
        writer = node->entry->pack(writer, node);
        node->stage = &writer->stage;
        node->stage_name = weir_stage_name(node->stage);
        node->failed = weir_stage_failed(node->stage);
    }
    return writer;
}

static weir_stream *forward(struct chain *chain, weir_stream *stream, weir_writer *writer)
{
    weir_forward_options how = WEIR_FORWARD_OPTIONS(.strength = weir_pl_broker_strength(chain));

    if (weir_pl_chain_end(chain) != weir_pl_chain_sink(chain))
        how.marks_max = PACKED_MARKS;
    return weir_forward_with(weir_pl_chain_lines(chain, stream), weir_pl_chain_pack(chain, writer),
                             &how);
}

weir_stream *weir_pl_chain_build(struct chain *chain)
{
    struct flow flow = {NULL, NULL};
    struct node *sink = weir_pl_chain_sink(chain);

    weir_pl_chain_build_to(chain, (size_t)(weir_pl_chain_end(chain) - chain->nodes), &flow);
    if (sink->entry->consume) {
        weir_stream *future = sink->entry->consume(&flow, sink);
        know(sink, &future->stage);
        return future;
    }
    weir_writer *writer = sink->entry->sink(sink);
    know(sink, &writer->stage);
    if (chain->gate && sink->path)
        writer = weir_pl_gate_build(writer, chain);
    if (chain->marked && sink->entry == &weir_pl_entry_open_end) /* it is measured */
        flow.stream = weir_settle_here(flow.stream);
    else if (chain->each && flow.stream)
        return forward(chain, flow.stream, writer);
    if (flow.reader)
        return weir_copy(flow.reader, writer);
    unsigned type = sink->before->gives;
    return weir_copy(sink->entry == &weir_pl_entry_print
                         ? weir_pl_items_to_print(flow.stream, type)
                         : weir_pl_items_to_bytes(flow.stream, type),
                     writer);
}

weir_stream *weir_pl_chain_run(struct chain *chain)
{
    weir_stream *copy = weir_pl_chain_build(chain);
    bool failed = weir_stage_failed(&copy->stage), talks = false;

    for (size_t i = 0; i < chain->n; i++) {
        struct node *node = &chain->nodes[i];
        talks |= node->address && !node->entry->broker;
        node->stage = failed ? NULL : node->stage; /* some may be gone, and none was polled */
    }
    return talks ? weir_pl_talk_build(copy, chain) : copy;
}

void weir_pl_chain_tell(const struct chain *chain)
{
    for (const struct node *node = chain->nodes; node <= weir_pl_chain_sink(chain); node++) {
        if (node->entry->tell)
            node->entry->tell(node, chain->words);
        weir_pl_sought_tell(node, chain->words);
    }
}

/* What a stage holds itself, without those that it reads from. NULL: it is not known any more. */
static uint64_t own_bytes(const weir_stage *stage)
{
    return stage ? stage->vt->memory_max(stage) : 0;
}

/* Sources are read one after the other: the largest counts, and what joins it to the others. */
static uint64_t held_bytes(const weir_stage *stage)
{
    uint64_t most = 0;
    weir_stage *input;
    for (size_t i = 0; stage && (input = weir_stage_input(stage, i)); i++) {
        uint64_t bytes = held_bytes(input);
        most = bytes > most ? bytes : most;
    }
    return weir_pl_bytes_sum(most, own_bytes(stage));
}

static uint64_t largest_source(const struct chain *chain)
{
    uint64_t most = 0;
    for (size_t i = 0; i < chain->sources; i++)
        most = chain->nodes[i].memory_bytes > most ? chain->nodes[i].memory_bytes : most;
    return most;
}

static uint64_t joint_bytes(const struct chain *chain)
{
    if (chain->merged || chain->apart)
        return 0;
    return weir_pl_bytes_less(held_bytes(chain->nodes[chain->sources - 1].stage),
                              largest_source(chain));
}

/* What a stage holds, and all that feeds it besides its source: the copy of a tee, say. */
static uint64_t beside_bytes(const weir_stage *stage)
{
    uint64_t bytes = own_bytes(stage);
    weir_stage *input;
    for (size_t i = stage->source != NULL; (input = weir_stage_input(stage, i)); i++)
        bytes = weir_pl_bytes_sum(bytes, weir_stage_memory_max(input));
    return bytes;
}

/* All stages from one down to that of the node before. */
static uint64_t bytes_down_to(const weir_stage *stage, const weir_stage *end)
{
    uint64_t bytes = 0;
    for (; stage && stage != end; stage = stage->source)
        bytes = weir_pl_bytes_sum(bytes, beside_bytes(stage));
    return bytes;
}

/* The half of a connection that stands beside the chain. */
static uint64_t rest_bytes(const struct node *node)
{
    if (node->rest.reader)
        return weir_memory_max(node->rest.reader);
    return node->rest.writer ? weir_memory_max(node->rest.writer) : 0;
}

static void measure(struct chain *chain, const weir_stream *future)
{
    struct node *sink = weir_pl_chain_sink(chain);
    const char *way = weir_copy_plan(future);

    chain->way = way && strcmp(way, "blocks") ? way : NULL;
    for (size_t i = 0; i < chain->sources; i++)
        chain->nodes[i].memory_bytes = held_bytes(chain->nodes[i].source);
    chain->joint_bytes = joint_bytes(chain);
    struct node *end = weir_pl_chain_end(chain);
    for (struct node *node = chain->nodes + chain->sources; node < sink; node++)
        node->memory_bytes = node->entry == &weir_pl_entry_retry || node >= end
                                 ? own_bytes(node->stage) /* what is below has rows of its own */
                                 : bytes_down_to(node->stage, node->before->stage);
    if (chain->apart)
        chain->nodes[chain->sources].memory_bytes = weir_pl_bytes_less(
            held_bytes(chain->nodes[chain->sources].stage), largest_source(chain));
    uint64_t *head = &weir_pl_chain_head(chain)->memory_bytes;
    for (size_t i = 0; chain->merged && i < chain->sources; i++)
        *head = weir_pl_bytes_less(*head, chain->nodes[i].memory_bytes); /* they have rows */
    /* A sink of lines joins them first: the stage that does is the sink's. */
    sink->memory_bytes = weir_pl_bytes_sum(own_bytes(sink->stage),
                                           bytes_down_to(future->stage.source, end->before->stage));
    chain->memory_bytes = weir_memory_max(future);
    for (size_t i = 0; i < chain->n; i++) {
        uint64_t bytes = rest_bytes(&chain->nodes[i]);
        chain->nodes[i].memory_bytes = weir_pl_bytes_sum(chain->nodes[i].memory_bytes, bytes);
        chain->memory_bytes = weir_pl_bytes_sum(chain->memory_bytes, bytes);
    }
}

static void forget(struct chain *chain)
{
    for (size_t i = 0; i < chain->n; i++) {
        struct node *node = &chain->nodes[i];
        node->stage = NULL;
        weir_duplex_drop(node->rest);
        node->rest = (weir_duplex){NULL, NULL};
    }
}

/* The first that could not be built; what fails behind all of them is the sink's. */
static const struct node *failed_node(const struct chain *chain)
{
    const struct node *node = chain->nodes;

    while (node < weir_pl_chain_sink(chain) && !node->failed)
        node++;
    return node;
}

bool weir_pl_chain_holds(struct chain *chain, weir_error *error, const struct node **at)
{
    weir_stream *future = weir_pl_chain_build(chain);
    bool failed = weir_stage_failed(&future->stage);

    *at = failed ? failed_node(chain) : chain->nodes;
    if (failed)
        weir_ignore(weir_run(future, NULL, error));
    else
        weir_drop(future);
    forget(chain);
    return !failed;
}

bool weir_pl_chains_measure(struct chain *chains, size_t n, weir_error *error,
                            const struct node **at)
{
    weir_stream **futures = weir_pl_room_zeroed(n, sizeof *futures);

    *at = NULL;
    if (!futures) {
        *error = (weir_error){.code = WEIR_E_MEMORY, .message = "no memory"};
        return false;
    }
    for (size_t i = 0; i < n; i++)
        futures[i] = weir_pl_chain_build(&chains[i]);
    for (size_t i = n; i-- > 0;)
        if (weir_stage_failed(&futures[i]->stage))
            *at = failed_node(&chains[i]);
    for (size_t i = 0; i < n && !*at; i++)
        measure(&chains[i], futures[i]);
    for (size_t i = 0; i < n; i++) {
        if (*at && (*at)->chain == &chains[i])
            weir_ignore(weir_run(futures[i], NULL, error));
        else
            weir_drop(futures[i]);
        forget(&chains[i]);
    }
    weir_pl_room_free(futures);
    return !*at;
}
