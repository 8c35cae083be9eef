/* What may stand behind messages that are acknowledged, and before a sink of a broker. */
#include <string.h>

#include "pipeline/broker.h"
#include "pipeline/note.h"
#include "pipeline/stage_save.h"
#include "pipeline/sought.h"
#include "pipeline/stages.h"
#include "pipeline/text_host.h"

weir_strength weir_pl_broker_strength(const struct chain *chain)
{
    return weir_pl_broker_settles(chain->nodes, "sent") ? WEIR_STRENGTH_SENT
                                                        : WEIR_STRENGTH_DURABLE;
}

static bool refuse(const struct words *words, const struct node *node, const struct node *source,
                   const char *hint, const char *message)
{
    struct span other = source ? (struct span){source->first, source->end} : (struct span){0, 0};
    weir_pl_note_set(
        words, (struct span){node->first, node->first < node->end ? node->first + 1 : node->end},
        other, hint, message, node->first < node->end ? words->at[node->first].text : "-");
    return false;
}

#define NOW "settle=now at the source, if what arrives counts as done"

/* json and proto are one whole. */
static bool makes_lines(const struct node *node)
{
    const char *format = node->entry == &weir_pl_entry_to ? node->args[0].text : "";
    return strcmp(format, "json") != 0 && strcmp(format, "proto") != 0;
}

/* Its end comes, and all is settled then: nothing before it waits for that. What stands before a
 * take may leave out more than may be open. */
static bool is_bounded(const struct chain *chain)
{
    const struct node *first = &chain->nodes[chain->sources];
    bool takes = first->entry == &weir_pl_entry_take || first->entry == &weir_pl_entry_head;
    return takes && first->args[0].number <= weir_pl_broker_marks_max(chain->nodes);
}

/* These have one stream, and no other may follow. */
static bool packs_once(const struct entry *entry)
{
    return entry == &weir_pl_entry_brotli || entry == &weir_pl_entry_deflate ||
           entry == &weir_pl_entry_zlib;
}

/* What is wrong with a stage behind messages that are acknowledged, and its cure. NULL: it may do.
 */
static const char *wrong_with(const struct node *node, const char **cure)
{
    const struct entry *entry = node->entry;
    bool total = entry == &weir_pl_entry_sort || entry == &weir_pl_entry_stats ||
                 entry == &weir_pl_entry_last;
    if (total && !is_bounded(node->chain))
        return "'%s' holds every message to the end, so nothing would be acknowledged";
    if (entry == &weir_pl_entry_count || entry == &weir_pl_entry_null ||
        entry == &weir_pl_entry_print)
        return "'%s' makes nothing durable, so nothing would be acknowledged";
    if (!makes_lines(node))
        return "'%s' makes one whole in this format, so nothing would be acknowledged before its "
               "end";
    if (entry == &weir_pl_entry_gzip && entry->threads(node)) {
        *cure = "leave threads= out, or zstd, which has them";
        return "'%s' on threads ends nothing before its end, so nothing would be acknowledged";
    }
    if (packs_once(entry))
        *cure = "gzip or zstd, which end what they made, and begin anew";
    if (node->before->gives == FLOW_BYTES && entry->gives != FLOW_NOTHING && !entry->pack)
        return "'%s' makes bytes of many messages at once, so none would be acknowledged";
    return NULL;
}

static bool check_sink(const struct chain *chain, const struct words *words)
{
    const struct node *sink = weir_pl_chain_sink(chain);

    if (sink->entry == &weir_pl_entry_file_sink && !sink->args[0].given && !is_bounded(chain))
        return refuse(words, sink, chain->nodes, "append, behind it, or save DIR roll=64M,60s",
                      "'%s' gets its name at the end, so nothing would be acknowledged before");
    if (sink->entry == &weir_pl_entry_stdout && weir_pl_broker_strength(chain) > WEIR_STRENGTH_SENT)
        return refuse(words, sink, chain->nodes, "settle=sent at the source, or a file with append",
                      "what goes to '%s' is sent, and not safe, so nothing would be acknowledged");
    if (sink->entry == &weir_pl_entry_output)
        return refuse(words, sink, chain->nodes, "a sink of the text, or its items for the program",
                      "how safe '%s' is nobody knows here, so nothing would be acknowledged");
    if (sink->entry == &weir_pl_entry_open_end && sink->before->gives == FLOW_BYTES)
        return refuse(words, sink->before, chain->nodes, "leave it out, or name a sink",
                      "'%s' makes bytes, and what is acknowledged is taken item by item");
    return true;
}

static bool check_marked(const struct chain *chain, const struct words *words)
{
    for (size_t i = chain->sources; i < chain->n; i++) {
        const char *cure = NOW, *wrong = wrong_with(&chain->nodes[i], &cure);
        if (wrong)
            return refuse(words, &chain->nodes[i], chain->nodes, cure, wrong);
    }
    return check_sink(chain, words);
}

static bool check_lines(const struct node *sink, const struct words *words)
{
    if (!sink->entry->broker)
        return true;
    if (!makes_lines(sink->before))
        return refuse(words, sink->before, sink, "to ndjson: a message of each record",
                      "'%s' makes one whole in this format, and no messages");
    bool keyed =
        sink->before->entry == &weir_pl_entry_to && strcmp(sink->before->args[0].text, "lines");
    const struct broker *broker = sink->entry->broker;
    bool wants = weir_pl_broker_field(sink, broker->key_arg) ||
                 weir_pl_broker_field(sink, broker->partition_arg);
    if (!wants || sink->before->gives != FLOW_LINES || keyed)
        return true;
    return refuse(words, sink, sink->before, "leave it out, or give messages as they come",
                  "'%s' names messages by a field, and lines have none");
}

/* A field that no record has is told of at the end. */
static bool seek_fields(struct node *sink, const struct words *words)
{
    const struct broker *broker = sink->entry->broker;
    const size_t args[] = {broker ? broker->key_arg : 0, broker ? broker->partition_arg : 0};

    for (size_t i = 0; i < sizeof args / sizeof *args; i++) {
        const char *field = weir_pl_broker_field(sink, args[i]);
        if (field && !weir_pl_sought_add(sink, words, args[i], field))
            return false;
    }
    return true;
}

bool weir_pl_broker_plan(struct chain *chain, const struct words *words)
{
    const struct node *source = chain->nodes;

    for (size_t i = 0; i < chain->sources; i++)
        if (chain->nodes[i].entry->broker && (chain->sources > 1 || chain->merged))
            return refuse(words, &chain->nodes[i], NULL,
                          "a command each: they share the work of a consumer",
                          "'%s' is read alone, not with other sources");
    if (!check_lines(weir_pl_chain_sink(chain), words) ||
        !seek_fields(weir_pl_chain_sink(chain), words))
        return false;
    const struct broker *broker = source->entry->broker;
    const struct node *sink = weir_pl_chain_sink(chain);
    bool rolls = sink->entry == &weir_pl_entry_save && sink->args[SAVE_ROLL].given;
    chain->marked = broker && broker->is_shared(source) && !weir_pl_broker_settles(source, "now");
    chain->each = chain->marked || rolls;
    return !chain->marked || check_marked(chain, words);
}
