/* relay: what comes from one address goes to another, and back. One that listens is served for
 * every connection that is made to it, each with a connection of its own to the other address. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/address.h"
#include "pipeline/arguments.h"
#include "pipeline/room.h"
#include "serve.h"
#include "service.h"
#include "pipeline/stage_net.h"
#include "pipeline/stages.h"

enum { RELAY_IDLE, RELAY_STILL };

/* Only its options are looked at. */
static const struct entry entry_relay = {
    .name = "relay",
    .usage = "weir relay ADDRESS ADDRESS [idle=TIME] [still=TIME]",
    .args = {[RELAY_IDLE] = {.name = "idle", .kind = ARG_KEY, .type = ARG_TIME},
             [RELAY_STILL] = {.name = "still", .kind = ARG_KEY, .type = ARG_TIME}},
};

struct relay {
    struct node ends[2];
    struct node options;
    const struct run_options *run;
};

static weir_duplex end_of(struct node *node)
{
    if (node->entry == &weir_pl_entry_stdin)
        return (weir_duplex){weir_stdin_reader(), weir_stdout_writer()};
    return weir_pl_net_dial(node);
}

static weir_stream *relay_with(weir_duplex near, void *arg)
{
    struct relay *relay = arg;
    weir_relay_options options = {.size = sizeof options,
                                  .idle_ns = relay->options.args[RELAY_IDLE].number,
                                  .still_ns = relay->options.args[RELAY_STILL].number};
    return weir_relay(near, end_of(&relay->ends[1]), &options);
}
WEIR_THEN_FN(relay_fn, relay_with, weir_duplex, weir_relayed, .from = &weir_type_duplex,
             .to = &weir_type_relayed)

/* There is one standard input: whoever comes first gets it. */
static weir_stream *future_of(struct relay *relay)
{
    struct node *near = &relay->ends[0];
    weir_serve_options options = {.size = sizeof options,
                                  .max = weir_pl_net_max(near),
                                  .drain_ns = SERVICE_DRAIN_NS,
                                  .on_error = service_tell,
                                  .arg = (void *)relay->run};

    if (!weir_pl_net_listens(near))
        return relay_with(end_of(near), relay);
    if (relay->ends[1].entry == &weir_pl_entry_stdin)
        return weir_then(weir_nth(weir_pl_net_incoming(near), 0), &relay_fn, relay);
    return weir_serve(weir_pl_net_incoming(near), &relay_fn, relay, &options);
}

static bool refuse(const struct words *words, struct span at, const char *hint, const char *message,
                   const char *a)
{
    weir_pl_note_set(words, at, (struct span){0, 0}, hint, message, a);
    return false;
}

static bool parse_end(struct node *node, struct words *words, size_t word)
{
    const char *text = words->at[word].text;
    struct span at = {word, word + 1};

    node->first = word;
    node->end = word + 1;
    if (!strcmp(text, "-")) {
        node->entry = &weir_pl_entry_stdin;
        return true;
    }
    if (!weir_pl_address_looks_like(text))
        return refuse(words, at, "tcp:HOST:PORT, unix:PATH, exec:'COMMAND', -, or a listener",
                      "'%s' is no address", text);
    if (!weir_pl_address_parse(node, words, ADDRESS_PEER))
        return false;
    if (node->path)
        return refuse(words, at, "a pipeline reads and writes files", "'%s' goes one way only",
                      text);
    if (node->entry == &weir_pl_entry_http_source || node->entry == &weir_pl_entry_https_source)
        return refuse(words, at, "tcp:HOST:PORT carries HTTP too",
                      "'%s' is requests and answers, not bytes both ways", text);
    return true;
}

static bool parse(struct relay *relay, struct words *words)
{
    struct span second = {1, 2}, all = {0, words->n};

    if (words->n < 2)
        return refuse(words, all, entry_relay.usage, "'%s' takes two addresses", "relay");
    if (!parse_end(&relay->ends[0], words, 0) || !parse_end(&relay->ends[1], words, 1))
        return false;
    if (weir_pl_net_listens(&relay->ends[1]))
        return refuse(words, second,
                      weir_pl_net_listens(&relay->ends[0]) ? "one of the two dials"
                                                           : "put it in front",
                      "'%s' listens, and stands behind", words->at[1].text);
    relay->options = (struct node){.entry = &entry_relay, .first = 1, .end = words->n};
    return weir_pl_arguments_parse(&relay->options, words);
}

int relay_command(struct words *words, const struct run_options *options)
{
    struct chain chain = {.words = words}; /* where notes of the ends go */
    struct relay relay = {.ends = {{.chain = &chain}, {.chain = &chain}}, .run = options};
    int status = 2;

    if (parse(&relay, words))
        status = service_run(future_of(&relay), &relay.ends[0], words, (struct span){0, 2});
    for (size_t i = 0; i < 2; i++) {
        weir_pl_room_free(relay.ends[i].text);
        weir_pl_room_free(relay.ends[i].address);
    }
    return status;
}
