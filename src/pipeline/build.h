/* build.h: a checked chain becomes one of the library's. */
#ifndef PIPELINE_BUILD_H
#define PIPELINE_BUILD_H

#include "pipeline/pipeline.h"

/* Of sizes: what is more than the largest is that one, and what is less than none is none. */
static inline uint64_t weir_pl_bytes_sum(uint64_t a, uint64_t b)
{
    return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

static inline uint64_t weir_pl_bytes_less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* The chain as a future of the number of bytes that were written. Its nodes know their stages until
 * it is dropped. Nothing is opened before it is polled. */
weir_stream *weir_pl_chain_build(struct chain *chain);

/* The same to be run: with the other halves of its connections, where it has some. */
weir_stream *weir_pl_chain_run(struct chain *chain);

/* Tells what its stages found out on the way, once it is over. */
void weir_pl_chain_tell(const struct chain *chain);

/* Of a chain whose items reach the sink one by one (chain->each): where they end, which is the
 * sink or the first compressor before it; the stream there as lines with their newlines; and what
 * compresses, in front of a writer. */
struct node *weir_pl_chain_end(const struct chain *chain);
weir_stream *weir_pl_chain_lines(const struct chain *chain, weir_stream *stream);
weir_writer *weir_pl_chain_pack(const struct chain *chain, weir_writer *writer);

/* Whether it can be built; false: *error says why not, and *at the node where. */
bool weir_pl_chain_holds(struct chain *chain, weir_error *error, const struct node **at);

/* Its first n nodes, into an empty flow. */
void weir_pl_chain_build_to(struct chain *chain, size_t n, struct flow *flow);

/* How much memory n chains may hold, and each of their nodes, and which way their bytes go: builds
 * them, asks, and drops them. false: *error says why they cannot be built, and *at the node where,
 * or NULL. */
bool weir_pl_chains_measure(struct chain *chains, size_t n, weir_error *error,
                            const struct node **at);

#endif
