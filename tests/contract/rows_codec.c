/* Rows over what becomes bytes and items again. */

#include <stdlib.h>
#include <string.h>

#include "given.h"

#include "weir/decode.h"
#include "weir/frames.h"
#include "weir/sse.h"

/* ---- items that own something, 8 bytes each ---- */

static size_t tracked_encode(void *state, const void *item, unsigned char *out, size_t size,
                             weir_error *error)
{
    const struct tracked *tracked = item;
    (void)state, (void)error;
    if (size >= sizeof tracked->value)
        memcpy(out, &tracked->value, sizeof tracked->value);
    return sizeof tracked->value;
}
static const weir_encoder encoder = {
    .size = sizeof encoder, .name = "tracked", .type = &tracked_type, .encode = tracked_encode};

static weir_decoded tracked_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                   void *out, weir_error *error)
{
    int64_t value;
    (void)state, (void)last, (void)error;
    if (n < sizeof value)
        return (weir_decoded){WEIR_FOUND_NEED, sizeof value};
    memcpy(&value, bytes, sizeof value);
    *(struct tracked *)out = tracked_make(value);
    return (weir_decoded){WEIR_FOUND_ITEM, sizeof value};
}
static const weir_decoder decoder = {
    .size = sizeof decoder, .name = "tracked", .type = &tracked_type, .decode = tracked_decode};

weir_reader *items_bytes(weir_stream *items)
{
    return weir_encode(items, &encoder, NULL, 8);
}

weir_stream *bytes_items(weir_reader *bytes)
{
    return weir_decode(bytes, &decoder, NULL, 8);
}

/* ---- their numbers as text ---- */

static bool no_memory(weir_error *error)
{
    weir_error_set(error, WEIR_E_MEMORY, "no memory for a text");
    return false;
}

static bool to_text(struct tracked item, weir_owned_line *out, void *arg, weir_error *error)
{
    char text[24];
    (void)arg;
    size_t n = weir_format(text, sizeof text, "%lld", (long long)item.value);
    tracked_drop(item);
    *out = weir_owned_line_new(text, n);
    return out->data || no_memory(error);
}
WEIR_TRY_MAP_FN(to_text_fn, to_text, struct tracked, weir_owned_line, FROM_TRACKED,
                .to = &weir_type_owned_line)

static int64_t of_text(weir_line line, void *arg)
{
    char text[24] = "";
    (void)arg;
    memcpy(text, line.data, line.size < sizeof text ? line.size : sizeof text - 1);
    return strtoll(text, NULL, 10);
}
WEIR_MAP_FN(of_text_fn, of_text, weir_line, int64_t)

static bool to_event(weir_owned_line line, weir_owned_sse_event *out, void *arg, weir_error *error)
{
    (void)arg;
    weir_sse_event said = {.data = weir_line_of(line), .retry_ms = -1};
    bool made = weir_owned_sse_event_new(out, &said);
    weir_owned_line_drop(&line);
    return made || no_memory(error);
}
WEIR_TRY_MAP_FN(to_event_fn, to_event, weir_owned_line, weir_owned_sse_event,
                .from = &weir_type_owned_line, .to = &weir_type_owned_sse_event)

static int64_t of_event(weir_sse_event event, void *arg)
{
    return of_text(event.data, arg);
}
WEIR_MAP_FN(of_event_fn, of_event, weir_sse_event, int64_t, .from = &weir_type_sse_event)

/* ---- how each is built ---- */

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(decode, bytes_items(items_bytes(a)))
ROW(frames, weir_map(weir_frames(weir_to_frames(weir_map(a, &to_text_fn, NULL), NULL), NULL),
                     &of_text_fn, NULL))
ROW(sse, weir_map(weir_sse(weir_to_sse(weir_map(weir_map(a, &to_text_fn, NULL), &to_event_fn, NULL),
                                       NULL),
                           NULL),
                  &of_event_fn, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(decode, 1, TAKES_MORE | HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(frames, 1, TAKES_MORE | HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(sse, 1, TAKES_MORE | HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
};
const struct rows rows_codec = {rows, sizeof rows / sizeof *rows};
