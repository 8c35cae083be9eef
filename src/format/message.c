/* The types of a broker's messages: lent, and with bytes of their own in one block. */

#include "weir/message.h"

#include <string.h>

#include "weir/record.h"

/* ---- as records ---- */

enum { VALUE, KEY, TOPIC, PARTITION, OFFSET, TIME, MESSAGE_HEADERS, FIELDS };

static const char *const names[FIELDS] = {"value",  "key",  "topic",  "partition",
                                          "offset", "time", "headers"};

static weir_text message_text(const char *bytes)
{
    return (weir_text){bytes, bytes ? strlen(bytes) : 0};
}

static weir_value message_text_of(weir_line line)
{
    weir_value value = {line.data ? WEIR_VALUE_TEXT : WEIR_VALUE_NULL, {0}};
    value.is.text = line;
    return value;
}

static weir_value message_number_of(int64_t number, bool known)
{
    weir_value value = {known ? WEIR_VALUE_I64 : WEIR_VALUE_NULL, {0}};
    value.is.i64 = number;
    return value;
}

/* ---- its headers: a record in it, whose fields they are ---- */

static size_t headers_count(const weir_type *type, const void *item)
{
    (void)type;
    return ((const weir_message *)item)->n_headers;
}

static bool headers_next(const weir_type *type, const void *item, weir_record_iter *iter,
                         weir_text *name, weir_value *value)
{
    (void)type;
    const weir_message *message = item;
    if (iter->i >= message->n_headers)
        return false;
    const weir_header *header = &message->headers[iter->i++];
    *name = message_text(header->name);
    *value = message_text_of(message_text(header->value));
    return true;
}

static const weir_record_ops headers_ops = {
    .size = sizeof headers_ops, .count = headers_count, .next = headers_next};

static const weir_type headers_type = {.name = "headers of a message",
                                       .size = sizeof(weir_message),
                                       .align = _Alignof(weir_message),
                                       .lent = true,
                                       .record = &headers_ops};

static weir_value headers_of(const weir_message *message)
{
    weir_value value = {WEIR_VALUE_RECORD, {0}};
    value.is.record = (weir_record_view){&headers_type, message};
    return value;
}

/* ---- its fields ---- */

static weir_value message_field_of(const weir_message *message, size_t i)
{
    switch (i) {
    case VALUE:
        return message_text_of(message->value);
    case KEY:
        return message_text_of(message->key);
    case TOPIC:
        return message_text_of(message_text(message->topic));
    case PARTITION:
        return message_number_of(message->partition, message->partition >= 0);
    case OFFSET:
        return message_number_of(message->offset, message->offset >= 0);
    case TIME:
        return message_number_of(message->time_ns, message->time_ns != 0);
    default:
        return headers_of(message);
    }
}

static size_t message_count(const weir_type *type, const void *item)
{
    (void)type;
    (void)item;
    return FIELDS;
}

static bool message_next(const weir_type *type, const void *item, weir_record_iter *iter,
                         weir_text *name, weir_value *value)
{
    (void)type;
    if (iter->i >= FIELDS)
        return false;
    *name = message_text(names[iter->i]);
    *value = message_field_of(item, iter->i++);
    return true;
}

static const weir_record_ops message_record_ops = {.size = sizeof message_record_ops,
                                                   .indexed = true,
                                                   .count = message_count,
                                                   .next = message_next};

/* ---- copied: the headers, and behind them each text with a NUL ---- */

static size_t message_text_bytes(const char *bytes)
{
    return bytes ? strlen(bytes) + 1 : 0;
}

static size_t message_block_bytes(const weir_message *message)
{
    size_t size = message->n_headers * sizeof(weir_header);
    for (uint32_t i = 0; i < message->n_headers; i++)
        size += message_text_bytes(message->headers[i].name) +
                message_text_bytes(message->headers[i].value);
    return size + message->value.size + message->key.size + 2 + message_text_bytes(message->topic);
}

static weir_line message_put_line(char **at, weir_line line)
{
    if (!line.data)
        return line;
    weir_line copy = {*at, line.size};
    if (line.size)
        memcpy(*at, line.data, line.size);
    (*at)[line.size] = '\0'; /* a courtesy to C */
    *at += line.size + 1;
    return copy;
}

static const char *message_put_text(char **at, const char *bytes)
{
    return message_put_line(at, message_text(bytes)).data;
}

bool weir_owned_message_new(weir_owned_message *out, const weir_message *message)
{
    size_t size = message_block_bytes(message);
    void *block = weir_allocate(size);
    if (!block)
        return false;
    weir_header *headers = block;
    char *at = (char *)(headers + message->n_headers);
    weir_message copy = *message;
    for (uint32_t i = 0; i < message->n_headers; i++) {
        headers[i].name = message_put_text(&at, message->headers[i].name);
        headers[i].value = message_put_text(&at, message->headers[i].value);
    }
    copy.value = message_put_line(&at, message->value);
    copy.key = message_put_line(&at, message->key);
    copy.topic = message_put_text(&at, message->topic);
    copy.headers = copy.n_headers ? headers : NULL;
    *out = (weir_owned_message){copy, block, size};
    return true;
}

void weir_owned_message_drop(weir_owned_message *message)
{
    if (message->block)
        weir_release(message->block, message->block_size);
    *message = (weir_owned_message){.block = NULL};
}

static void drop_message(const weir_type *type, void *item)
{
    (void)type;
    weir_owned_message_drop(item);
}

/* An owned one begins with what is lent of it. */
static bool own_message(const weir_type *type, void *out, const void *in)
{
    (void)type;
    return weir_owned_message_new(out, in);
}

const weir_type weir_type_owned_message = {.name = "weir_owned_message",
                                           .size = sizeof(weir_owned_message),
                                           .align = _Alignof(weir_owned_message),
                                           .drop = drop_message,
                                           .clone = own_message,
                                           .record = &message_record_ops};

const weir_type weir_type_message = {.name = "weir_message",
                                     .size = sizeof(weir_message),
                                     .align = _Alignof(weir_message),
                                     .lent = true,
                                     .owned = &weir_type_owned_message,
                                     .own = own_message,
                                     .record = &message_record_ops};
