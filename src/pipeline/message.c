/* fields=name:1,home.city:2.1 as a record: what WEIR_RECORD says of a struct, made while it runs.
 */
#include "pipeline/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/arguments.h"
#include "pipeline/room.h"
#include "pipeline/note.h"
#include "pipeline/suggest.h"

enum {
    FIELDS_MAX = 1024,
    DEPTH_MAX = 100, /* messages in messages, as protobuf itself has it */
    NUMBER_MAX = (1 << 29) - 1,
    RESERVED_FIRST = 19000, /* protobuf keeps these for itself */
    RESERVED_LAST = 19999
};

static const struct {
    const char *name;
    weir_member_kind kind;
    weir_member_as as;
} types[] = {
    {"string", WEIR_MEMBER_TEXT, WEIR_AS_USUAL},   {"bytes", WEIR_MEMBER_TEXT, WEIR_AS_BYTES},
    {"bool", WEIR_MEMBER_BOOL, WEIR_AS_USUAL},     {"double", WEIR_MEMBER_F64, WEIR_AS_USUAL},
    {"float", WEIR_MEMBER_F64, WEIR_AS_FIXED32},   {"int32", WEIR_MEMBER_I64, WEIR_AS_INT32},
    {"int64", WEIR_MEMBER_I64, WEIR_AS_USUAL},     {"uint32", WEIR_MEMBER_U64, WEIR_AS_INT32},
    {"uint64", WEIR_MEMBER_U64, WEIR_AS_USUAL},    {"sint32", WEIR_MEMBER_I64, WEIR_AS_SINT32},
    {"sint64", WEIR_MEMBER_I64, WEIR_AS_ZIGZAG},   {"fixed32", WEIR_MEMBER_U64, WEIR_AS_FIXED32},
    {"fixed64", WEIR_MEMBER_U64, WEIR_AS_FIXED64}, {"sfixed32", WEIR_MEMBER_I64, WEIR_AS_FIXED32},
    {"sfixed64", WEIR_MEMBER_I64, WEIR_AS_FIXED64}};
enum { TYPES_N = sizeof types / sizeof *types };

/* What complains, and of what. */
struct place {
    const struct words *words;
    size_t word;
};

static bool refuse(const struct place *place, const char *hint, const char *message, const char *a,
                   const char *b)
{
    weir_pl_note_set(place->words, (struct span){place->word, place->word + 1}, (struct span){0, 0},
                     hint, message, a, b);
    return false;
}

static bool refuse_type(const struct place *place, const char *name, const char *type)
{
    struct suggestion near = {.word = type};
    char hint[200];

    for (size_t i = 0; i < TYPES_N; i++)
        weir_pl_suggest(&near, types[i].name);
    snprintf(hint, sizeof hint, *near.best ? "did you mean '%s'?" : "one of " MESSAGE_TYPES,
             near.best);
    return refuse(place, hint, "'%s' is of no known type: '%s'", name, type);
}

static bool take_type(weir_member *member, const char *type, const struct place *place)
{
    size_t i = 0;

    while (i < TYPES_N && strcmp(types[i].name, type))
        i++;
    if (i == TYPES_N)
        return refuse_type(place, member->name, type);
    member->kind = types[i].kind;
    member->as = types[i].as;
    return true;
}

static bool take_number(weir_member *member, const char *text, const struct place *place)
{
    uint64_t number;

    if (!weir_pl_arguments_number(text, false, &number) || !number || number > NUMBER_MAX)
        return refuse(place, "1 to 536870911, as its .proto file says",
                      "'%s' has no such number: '%s'", member->name, text);
    if (number >= RESERVED_FIRST && number <= RESERVED_LAST)
        return refuse(place, "another number", "'%s' has a number that protobuf keeps: %s",
                      member->name, text);
    member->number = (uint32_t)number;
    return true;
}

/* ---- messages in messages ---- */

static struct message *message_of(const weir_record *record)
{
    return record ? WEIR_CONTAINER(record, struct message, record) : NULL;
}

static struct message *new_message(const char *name)
{
    struct message *message = weir_pl_room_zeroed(1, sizeof *message);
    if (!message)
        return NULL;
    weir_type type = {.name = name, .align = _Alignof(uint64_t), .record = &weir_record_members};

    message->record = (weir_record){.type = type, .owned = type};
    message->record.type.lent = true;
    message->record.type.owned = &message->record.owned;
    message->record.type.own = message->record.owned.clone = weir_record_own;
    message->record.owned.drop = weir_record_drop;
    return message;
}

/* Of the fields before it none has its name or number. */
static bool is_new(const struct message *message, const weir_member *member,
                   const struct place *place)
{
    for (size_t i = 0; i < message->record.n; i++) {
        const weir_member *other = &message->members[i];
        if (!strcmp(other->name, member->name))
            return refuse(place, "a field once, a message with one number", "'%s' is named twice",
                          member->name, NULL);
        if (other->number == member->number)
            return refuse(place, "a number of its own", "'%s' has the number of '%s'", member->name,
                          other->name);
    }
    return true;
}

static bool add(struct message *message, const weir_member *member, const struct place *place)
{
    size_t n = message->record.n;

    if (!(n & (n - 1))) {
        weir_member *members = weir_pl_room_zeroed(n ? 2 * n : 1, sizeof *members);
        if (!members)
            return weir_pl_note_no_memory(place->words);
        if (n)
            memcpy(members, message->members, n * sizeof *members);
        weir_pl_room_free(message->members);
        message->record.members = message->members = members;
    }
    message->members[n] = *member;
    message->record.n++;
    return true;
}

/* The message of this name and number in another, a new one if there is none. NULL: it
 * complained. */
static struct message *nested_in(struct message *outer, const weir_member *member,
                                 const struct place *place)
{
    for (size_t i = 0; i < outer->record.n; i++) {
        const weir_member *other = &outer->members[i];
        if (other->of && other->number == member->number && !strcmp(other->name, member->name))
            return message_of(other->of);
    }
    if (!is_new(outer, member, place))
        return NULL;
    struct message *inner = new_message(member->name);
    if (!inner) {
        weir_pl_note_no_memory(place->words);
        return NULL;
    }
    weir_member nested = *member;
    nested.of = &inner->record;
    if (add(outer, &nested, place))
        return inner;
    weir_pl_message_drop(inner);
    return NULL;
}

/* ---- fields ---- */

/* "home.city" and "3.1": the first of both, which are cut off. NULL: it complained. */
static struct message *step_in(struct message *message, char **name, char **number,
                               const struct place *place)
{
    char *names = strchr(*name, '.'), *numbers = strchr(*number, '.');

    if (!names || names == *name) {
        refuse(place, "home.city:3.1, the number of the message and that of its field",
               "'%s' has more numbers than names: %s", *name, *number);
        return NULL;
    }
    *names++ = *numbers++ = 0;
    weir_member member = {.name = *name, .kind = WEIR_MEMBER_RECORD, .optional = true};
    if (!take_number(&member, *number, place))
        return NULL;
    *name = names;
    *number = numbers;
    return nested_in(message, &member, place);
}

/* "age:2:int64". It is missing where the record has no such field, as protobuf means it. */
static bool take_field(struct message *message, char *text, const struct place *place)
{
    char *number = strchr(text, ':');
    char *type = number ? strchr(number + 1, ':') : NULL;

    if (!*text)
        return refuse(place, "name:1,age:2:int64", "a field is missing beside a comma", NULL, NULL);
    if (!number)
        return refuse(place, "fields=name:1,age:2:int64", "'%s' has no number", text, NULL);
    *number++ = 0;
    if (type)
        *type++ = 0;
    for (size_t depth = 0; strchr(number, '.'); depth++) {
        if (depth == DEPTH_MAX)
            return refuse(place, "100 at most", "'%s' stands in too many messages", text, NULL);
        message = step_in(message, &text, &number, place);
        if (!message)
            return false;
    }
    weir_member member = {.name = text, .optional = true};
    if (!*text)
        return refuse(place, "fields=name:1,age:2:int64", "no name stands before ':%s'", number,
                      NULL);
    if (!take_number(&member, number, place) ||
        !take_type(&member, type ? type : "string", place) || !is_new(message, &member, place))
        return false;
    return add(message, &member, place);
}

/* What was said of each, without its numbers. false: no memory. */
static bool keep_names(struct message *message, const char *text, size_t n)
{
    message->names = weir_pl_room_text(text, strlen(text));
    message->fields = weir_pl_room_text(text, strlen(text));
    message->field_at = weir_pl_room_zeroed(n, sizeof *message->field_at);
    if (!message->names || !message->fields || !message->field_at)
        return false;
    for (char *end, *at = message->fields; at; at = end) {
        end = strchr(at, ',');
        if (end)
            *end++ = 0;
        at[strcspn(at, ":")] = 0;
        message->field_at[message->fields_n++] = at;
    }
    return true;
}

static bool take_fields(struct message *message, const struct place *place)
{
    for (char *end, *at = message->names; at; at = end) {
        end = strchr(at, ',');
        if (end)
            *end++ = 0;
        if (!take_field(message, at, place))
            return false;
    }
    return true;
}

/* Members one behind the other; behind a message whether it is there. */
static void lay_out(struct message *message)
{
    weir_record *record = &message->record;
    size_t size = 0;

    for (size_t i = 0; i < record->n; i++) {
        weir_member *member = &message->members[i];
        member->offset = size;
        if (member->of) {
            lay_out(message_of(member->of));
            size += member->of->type.size;
            member->has = size + 1;
        }
        size += member->kind == WEIR_MEMBER_TEXT ? sizeof(weir_text) : sizeof(uint64_t);
    }
    record->type.size = record->owned.size = size;
}

static size_t fields_of(const char *text)
{
    size_t n = 1;

    for (; *text; text++)
        n += *text == ',';
    return n;
}

struct message *weir_pl_message_new(const struct node *node, const struct words *words, size_t i)
{
    const struct arg *arg = &node->args[i];
    const struct place place = {words, arg->word};
    size_t n = fields_of(arg->text);

    if (n > FIELDS_MAX) {
        refuse(&place, "1024 at most", "these are too many fields", NULL, NULL);
        return NULL;
    }
    struct message *message = new_message(arg->text); /* another text, another struct */
    bool kept = message && keep_names(message, arg->text, n);
    if (!kept)
        weir_pl_note_no_memory(words);
    if (!kept || !take_fields(message, &place)) {
        weir_pl_message_drop(message);
        return NULL;
    }
    lay_out(message);
    return message;
}

void weir_pl_message_drop(struct message *message)
{
    if (!message)
        return;
    for (size_t i = 0; i < message->record.n; i++)
        weir_pl_message_drop(message_of(message->members[i].of));
    weir_pl_room_free(message->members);
    weir_pl_room_free(message->names);
    weir_pl_room_free(message->fields);
    weir_pl_room_free(message->field_at);
    weir_pl_room_free(message);
}
