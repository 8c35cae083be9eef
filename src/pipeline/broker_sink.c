/* Brokers as sinks: the id, the key and the partition of a message, by the fields of what it is. */
#include "pipeline/broker.h"

#include <stdio.h>

#include "pipeline/sought.h"
#include "pipeline/stages.h"

static bool find_field(const void *message, const char *field, weir_value *value)
{
    return weir_pl_sought_find((weir_record_view){&weir_type_message, message}, field, value);
}

/* A header has it as it is: it fits, and nothing in it is cut off or made a space. */
static bool may_be_id(const weir_text *text, size_t size)
{
    if (text->size >= size)
        return false;
    for (size_t i = 0; i < text->size; i++)
        if ((unsigned char)text->data[i] < ' ')
            return false;
    return true;
}

/* FNV-1a. */
static uint64_t hash_of(const weir_text *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text->size; i++)
        hash = (hash ^ (unsigned char)text->data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* What no header has as it is ends with its size and a hash: cut off it would be the name of others
 * too, and they would not be stored. */
static void put_id(const weir_text *text, char *out, size_t size)
{
    enum { HASHED_BYTES = 40 };
    bool whole = may_be_id(text, size);
    size_t most = size - HASHED_BYTES;
    size_t n = whole || text->size < most ? text->size : most;
    char hashed[HASHED_BYTES] = "";

    if (!whole)
        snprintf(hashed, sizeof hashed, "#%zu-%016llx", text->size,
                 (unsigned long long)hash_of(text));
    snprintf(out, size, "%.*s%s", (int)n, text->data ? text->data : "", hashed);
}

void weir_pl_broker_id(const void *item, char *out, size_t size, void *arg)
{
    const struct node *node = arg;
    const weir_message *message = item;
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_value value;
    weir_text text = {"", 0};

    if (node->before->entry == &weir_pl_entry_to)
        text = message->key;
    else if (find_field(item, node->args[INTO_ID].text, &value))
        weir_value_text(&value, scratch, &text);
    put_id(&text, out, size);
}

const char *weir_pl_broker_field(const struct node *sink, size_t arg)
{
    return arg ? sink->args[arg].text : NULL;
}

int32_t weir_pl_broker_partition(const weir_value *value)
{
    weir_value given = *value;
    int64_t number;

    if (given.kind == WEIR_VALUE_TEXT) /* "1" of JSON says it as 1 does */
        given.kind = WEIR_VALUE_WORD;
    if (given.kind == WEIR_VALUE_NULL || (given.kind == WEIR_VALUE_WORD && !given.is.text.size))
        return -1;
    return weir_value_i64(&given, &number) && number >= 0 && number <= INT32_MAX
               ? (int32_t)number
               : BROKER_NO_PARTITION;
}

/* Behind `to` they stand in the message already. */
void weir_pl_broker_place(const void *item, weir_line *key, int32_t *partition, void *arg)
{
    static _Thread_local char scratch[WEIR_VALUE_TEXT_BYTES];
    const struct node *node = arg;
    const struct broker *broker = node->entry->broker;
    const weir_message *message = item;
    const char *names = weir_pl_broker_field(node, broker->key_arg);
    const char *places = weir_pl_broker_field(node, broker->partition_arg);
    weir_value value;
    weir_text text;
    bool made = node->before->entry == &weir_pl_entry_to;

    if (places && made)
        *partition = message->partition;
    else if (places && find_field(item, places, &value))
        *partition = weir_pl_broker_partition(&value);
    if (!names || made)
        return;
    *key = (weir_line){NULL, 0};
    if (find_field(item, names, &value) && weir_value_text(&value, scratch, &text))
        *key = (weir_line){text.data, text.size};
}

weir_stream *weir_pl_broker_consume(struct flow *flow, struct node *node)
{
    const char *partition = weir_pl_broker_field(node, node->entry->broker->partition_arg);
    bool made = node->before->entry == &weir_pl_entry_to; /* keyed looked at them */
    weir_stream *items = made ? flow->stream : weir_pl_sought_watch(flow->stream, node);

    if (partition && !made)
        items = weir_pl_placed_build(items, partition);
    flow->stream = NULL;
    return (*node->entry->broker->calls)->into(items, node);
}
