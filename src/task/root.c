/* Roots: chains that somebody waits for. */

#include "task/root.h"

#include <string.h>

#include "core/loop.h"
#include "task/expect.h"

const char *weir_ask_who(const struct weir_ask *ask, char out[WEIR_WHO_BYTES])
{
    const char *function = ask->site.function;
    weir_format(out, WEIR_WHO_BYTES, "%s%s%s", ask->name, function ? " in " : "",
                function ? function : "");
    return out;
}

bool weir_ask_refused(const struct weir_ask *ask, const weir_stage *stage, const char *cure,
                      weir_error *error)
{
    error->cure = cure;
    error->trail[error->trail_n++] = weir_stage_name(stage);
    weir_site_note(ask->site, error);
    return true;
}

/* ---- where the item goes ---- */

static bool root_is_number(const char *name)
{
    static const char *const numbers[] = {
        "bool",    "int8_t",   "uint8_t", "int16_t", "uint16_t", "int32_t",     "uint32_t",
        "int64_t", "uint64_t", "float",   "double",  "char",     "long double",
    };
    for (size_t i = 0; name && i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(name, numbers[i]))
            return true;
    return false;
}

/* An array of bytes: whatever it holds later. */
static bool is_buffer(const weir_room *room)
{
    return room->name && room->size > 1 &&
           (!strcmp(room->name, "char") || !strcmp(room->name, "uint8_t"));
}

static bool root_same_text(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

/* intN_t and uintN_t: C makes one of the other without a word, and so may an item. */
static bool is_integer(const char *name)
{
    return root_is_number(name) && (!strncmp(name, "int", 3) || !strncmp(name, "uint", 4));
}

/* What a hand writes into a descriptor may be any name: only those of numbers say more than a
 * size. What fits is found quickly: it is asked for each item. */
static bool root_fits(const weir_type *type, const weir_room *room)
{
    if (type->size != room->size)
        return !room->size || (is_buffer(room) && type->size <= room->size);
    if (!room->name || root_same_text(type->name, room->name) || is_buffer(room))
        return true;
    return !root_is_number(type->name) || !root_is_number(room->name) ||
           (is_integer(type->name) && is_integer(room->name));
}

/* "It is done" is no value: it is 0 wherever somebody wants one. What stands for a chain that could
 * not be built (its task's handle, say) is of that type too, and has more to say than that. */
static bool fits_there(const weir_stream *stream, const struct weir_ask *ask)
{
    if (!ask->out || root_fits(stream->type, &ask->room))
        return true;
    if (stream->type == &weir_type_unit)
        memset(ask->out, 0, ask->room.size);
    return stream->type == &weir_type_unit;
}

static bool refuse_room(const weir_stream *stream, const struct weir_ask *ask, weir_error *error)
{
    char who[WEIR_WHO_BYTES];
    const char *stage = weir_stage_name(&stream->stage);
    weir_ask_who(ask, who);
    if (ask->room.name && !is_buffer(&ask->room))
        weir_error_set(error, WEIR_E_TYPE, "%s takes '%s', but '%s' yields '%s'", who,
                       ask->room.name, stage, stream->type->name);
    else
        weir_error_set(error, WEIR_E_TYPE,
                       "%s takes %zu bytes, but '%s' yields '%s', which has %zu", who,
                       ask->room.size, stage, stream->type->name, stream->type->size);
    return weir_ask_refused(ask, &stream->stage, "a variable of that type", error);
}

/* ---- what is asked ---- */

static bool refuse_many(const weir_stream *stream, const struct weir_ask *ask, weir_error *error)
{
    char who[WEIR_WHO_BYTES];
    weir_error_set(error, WEIR_E_TYPE, "%s takes futures, but '%s' may yield more than one item",
                   weir_ask_who(ask, who), weir_stage_name(&stream->stage));
    return weir_ask_refused(ask, &stream->stage, WEIR_ONE_CURE, error);
}

static bool refuse_marks(const weir_stream *stream, const struct weir_ask *ask, weir_error *error)
{
    weir_error_set(error, WEIR_E_ARGUMENT, WEIR_UNSETTLED, weir_stage_name(&stream->stage));
    return weir_ask_refused(ask, &stream->stage, WEIR_SETTLE_CURE, error);
}

static bool refuse_lent(const weir_stream *stream, const struct weir_ask *ask, weir_error *error)
{
    weir_error_set(error, WEIR_E_TYPE, WEIR_LENT, weir_stage_name(&stream->stage),
                   stream->type->name);
    return weir_ask_refused(ask, &stream->stage, WEIR_OWN_CURE, error);
}

/* What could not be built has a better reason than these: it comes with the first poll. */
static bool refuses_pull(const weir_stream *stream, const struct weir_ask *ask, weir_error *error)
{
    if (weir_stage_failed(&stream->stage))
        return false;
    if (!fits_there(stream, ask))
        return refuse_room(stream, ask, error);
    return stream->stage.marked && refuse_marks(stream, ask, error);
}

static bool refuses_one(const weir_stream *future, const struct weir_ask *ask, weir_error *error)
{
    if (weir_stage_failed(&future->stage) || future->stage.one)
        return refuses_pull(future, ask, error);
    return refuse_many(future, ask, error);
}

static bool refuses_root(const weir_stream *future, const struct weir_ask *ask, weir_error *error)
{
    if (refuses_one(future, ask, error))
        return true;
    return !weir_stage_failed(&future->stage) && future->type->lent &&
           refuse_lent(future, ask, error);
}

typedef bool root_refuses(const weir_stream *stream, const struct weir_ask *ask, weir_error *error);

/* Fatal: whoever asks like this again is told the same. The stream may be asked otherwise. */
static bool refused_by(root_refuses *check, const weir_stream *stream, const struct weir_ask *ask,
                       weir_error *error)
{
    weir_error unwanted;
    error = error ? error : &unwanted;
    if (!stream)
        return weir_site_refuses_nothing(ask->site, error);
    if (!check(stream, ask, error))
        return false;
    error->fatal = true;
    return true;
}

bool weir_root_refuses(const weir_stream *future, const struct weir_ask *ask, weir_error *error)
{
    return refused_by(refuses_root, future, ask, error);
}

bool weir_root_refuses_one(const weir_stream *future, const struct weir_ask *ask, weir_error *error)
{
    return refused_by(refuses_one, future, ask, error);
}

bool weir_root_refuses_pull(const weir_stream *stream, const struct weir_ask *ask,
                            weir_error *error)
{
    return refused_by(refuses_pull, stream, ask, error);
}

/* A result of a part of the input is told from one of all of it. */
static void tell_cut(weir_error *error, bool cut)
{
    if (error && cut)
        weir_error_set(error, WEIR_E_STOPPED, "stopped before the input was over");
    else if (error)
        error->code = WEIR_OK;
}

weir_state weir_root_settle(weir_poll got, bool cut, weir_error *error, const weir_error *why)
{
    weir_state state = got.n ? WEIR_READY : got.state;
    if (state != WEIR_ERROR)
        tell_cut(error, cut);
    else if (error && why)
        *error = *why;
    return state;
}
