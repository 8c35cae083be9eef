/* serve: one pipeline a connection: it is the source of each, and - is the connection too. */
#include "serve.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/build.h"
#include "pipeline/plan.h"
#include "serve_http.h"
#include "service.h"
#include "pipeline/stage_http.h"
#include "pipeline/stage_net.h"
#include "pipeline/stages.h"
#include "print.h"
#include "pipeline/text.h"

struct serving {
    struct pipeline *pipeline;
    const struct run_options *options;
    weir_http_options http;
    const char *type; /* of answers; NULL: none is said */
};

/* ---- the ends of each ---- */

static void build_near(struct flow *flow, struct node *node)
{
    flow->reader = node->near.reader;
    node->near.reader = NULL;
}

static weir_writer *near_writer(struct node *node)
{
    weir_writer *writer = node->near.writer;
    node->near.writer = NULL;
    return writer;
}

static const char *near_note(const struct node *node)
{
    (void)node;
    return "the connection";
}

static const struct entry entry_near_source = {
    .usage = "ADDRESS",
    .gives = FLOW_BYTES,
    .copies = true,
    .build = build_near,
    .note = near_note,
};

static const struct entry entry_near_sink = {
    .usage = "-",
    .takes = FLOW_BYTES | FLOW_ITEMS,
    .sink = near_writer,
    .note = near_note,
};

/* The connection stands in place of the address, and of standard output. */
static void make_near(struct chain *chain)
{
    chain->nodes->entry = &entry_near_source;
    if (weir_pl_chain_sink(chain)->entry == &weir_pl_entry_stdout)
        weir_pl_chain_sink(chain)->entry = &entry_near_sink;
}

/* A plan is made of a connection that nobody makes. */
static void put_near(struct chain *chain, weir_duplex near)
{
    struct node *sink = weir_pl_chain_sink(chain);

    chain->nodes->near.reader = near.reader;
    if (sink->entry == &entry_near_sink)
        sink->near.writer = near.writer;
    else
        chain->nodes->rest.writer = near.writer; /* it is closed when the chain is over */
}

/* ---- serving ---- */

/* The nodes are the chain's own, and go with its connection. NULL: no memory. */
static struct chain *chain_for(const struct chain *plan, weir_duplex near)
{
    size_t size = sizeof *plan + plan->n * sizeof *plan->nodes;
    weir_arena *arena = near.reader->stage.arena;
    struct chain *chain = arena ? weir_arena_take(arena, size, WEIR_ALIGN) : NULL;

    if (!chain)
        return NULL;
    *chain = *plan;
    chain->nodes = (struct node *)(chain + 1);
    memcpy(chain->nodes, plan->nodes, plan->n * sizeof *plan->nodes);
    for (size_t i = 1; i < chain->n; i++)
        if (chain->nodes[i].before)
            chain->nodes[i].before = &chain->nodes[i - 1];
    put_near(chain, near);
    return chain;
}

static weir_stream *serve_one(weir_duplex near, void *arg)
{
    struct serving *serving = arg;
    struct chain *chain = chain_for(serving->pipeline->chains, near);

    if (chain)
        return weir_pl_talk_build(weir_pl_chain_build(chain), chain);
    weir_duplex_abort(near);
    return weir_stream_refused(WEIR_E_MEMORY, NULL, "no memory for a pipeline", NULL, NULL, 0);
}
WEIR_THEN_FN(serve_fn, serve_one, weir_duplex, uint64_t, .from = &weir_type_duplex)

/* ---- requests ---- */

static weir_stream *answer_one(weir_exchange *x, void *arg)
{
    struct serving *serving = arg;
    weir_duplex near = http_near(x, serving->type);
    struct chain *chain = chain_for(serving->pipeline->chains, near);

    if (chain)
        return http_build(weir_pl_chain_build(chain), chain, serving->options);
    weir_duplex_abort(near);
    return weir_stream_refused(WEIR_E_MEMORY, NULL, "no memory for a pipeline", NULL, NULL, 0);
}
WEIR_THEN_FN(answer_fn, answer_one, weir_exchange *, uint64_t, .from = &weir_type_exchange)

static weir_stream *serve_http(weir_duplex connection, void *arg)
{
    struct serving *serving = arg;
    return weir_http_serve(connection, &answer_fn, serving, &serving->http);
}
WEIR_CONNECTION_FN(serve_http_fn, serve_http)

/* ---- all of them ---- */

static int explain(struct pipeline *pipeline, const struct node *address)
{
    uint32_t max = weir_pl_net_max(address), peer_max = weir_pl_net_peer_max(address);
    int status = 0;
    weir_rt *rt = run_runtime(NULL, &status);
    char number[TEXT_NUMBER_BYTES];

    if (!rt)
        return status;
    put_near(pipeline->chains, weir_dial("127.0.0.1:1", NULL));
    if (!plan_print(stdout, pipeline, weir_rt_driver(rt))) {
        weir_rt_drop(rt);
        return 2;
    }
    printf("for each connection; %u of them at once", max);
    if (peer_max)
        printf(", %u of one address", peer_max);
    printf(": %s\n", weir_pl_text_memory(number, max * pipeline->chains->memory_bytes));
    weir_rt_drop(rt);
    return 0;
}

static int run(struct serving *serving, struct node *address)
{
    const struct words *words = serving->pipeline->words;
    weir_serve_options options = {.size = sizeof options,
                                  .max = weir_pl_net_max(address),
                                  .drain_ns = SERVICE_DRAIN_NS,
                                  .on_error = service_tell,
                                  .arg = (void *)serving->options};

    bool http = address->entry == &weir_pl_entry_http_listen;
    const weir_then_fn *one = http ? &serve_http_fn : &serve_fn;

    serving->type = http ? weir_pl_http_listen_type(address) : NULL;
    serving->http = (weir_http_options){
        .size = sizeof serving->http, .on_error = service_tell, .arg = (void *)serving->options};
    return service_run(weir_serve(weir_pl_net_incoming(address), one, serving, &options), address,
                       words, (struct span){address->first, address->end});
}

int serve_command(struct words *words, const struct run_options *options, bool only_explain)
{
    struct pipeline pipeline;
    struct serving serving = {.pipeline = &pipeline, .options = options};
    int status = 2;

    if (!words->n) {
        report_plain("weir serve tcp-listen:PORT ! STAGE ... ! -", "'serve' takes an address");
        return status;
    }
    if (weir_pl_parse_served(&pipeline, words)) {
        struct node address = pipeline.nodes[0];
        make_near(pipeline.chains);
        address.chain = pipeline.chains;
        if (!weir_pl_plan_make(&pipeline))
            status = 2;
        else if (only_explain)
            status = explain(&pipeline, &address);
        else
            status = run(&serving, &address);
    }
    weir_pl_drop(&pipeline);
    return status;
}
