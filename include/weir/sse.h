/* weir/sse.h: server-sent events, both ways, by the HTML standard. */
#ifndef WEIR_SSE_H
#define WEIR_SSE_H

#include "weir/reader.h"

WEIR_BEGIN_C

/* The longest event where nobody says better: its lines, from the first of its fields on. */
#define WEIR_EVENT_BYTES_MAX_DEFAULT ((size_t)1 << 20)

/* An event, lent. Bytes as they came: nothing is said about UTF-8. */
typedef struct weir_sse_event {
    weir_line event;  /* its type; "message" if none was said */
    weir_line data;   /* the data lines, a newline between two; data NULL, to weir_to_sse(): none */
    weir_line id;     /* the last one that was said, in this event or before it; "": none */
    int64_t retry_ms; /* how long to wait before connecting again, as said last; below 0: unsaid */
} weir_sse_event;

/* The same, with bytes of its own in one block. What weir_own() makes of an event. */
typedef struct weir_owned_sse_event {
    weir_sse_event event;
    void *block;
    size_t block_size;
} weir_owned_sse_event;

extern WEIR_API const weir_type weir_type_sse_event;       /* lent */
extern WEIR_API const weir_type weir_type_owned_sse_event; /* owns its block */

/* A copy. false: no memory.
 *
 * Example:
 *     weir_owned_sse_event copy;
 *     weir_sse_event event = {.event = {"message", 7}, .data = {"one", 3}, .id = {"", 0}};
 *     p(weir_owned_sse_event_new(&copy, &event)); // -> true
 *     p(copy.event.data); // -> one
 *     weir_owned_sse_event_drop(&copy);
 */
WEIR_API bool weir_owned_sse_event_new(weir_owned_sse_event *out,
                                       const weir_sse_event *event) WEIR_MUST_USE;
WEIR_API void weir_owned_sse_event_drop(weir_owned_sse_event *event);

typedef struct weir_sse_options {
    uint32_t size;          /* set by WEIR_SSE_OPTIONS(); 0: the first layout */
    size_t event_bytes_max; /* 0: 1 MiB */
} weir_sse_options;

/* WEIR_SSE_OPTIONS(.event_bytes_max = 4096): such options, the size set. */
#define WEIR_SSE_OPTIONS(...) ((weir_sse_options){.size = sizeof(weir_sse_options), __VA_ARGS__})

/* The events of a reader, each a lent weir_sse_event. options NULL: none.
 * Shape: data of one line is lent from the reader's buffer, of several it is joined in memory of
 * the stage, event_bytes_max at most for all events of one poll. Comments, fields that nobody
 * knows, and events without data give nothing; an event whose blank line never comes is dropped,
 * as the standard has it.
 * Errors: LIMIT, fatal, for an event over event_bytes_max, with its byte and record. There is no
 * other: whatever else comes is skipped.
 * Source: EventSource of the HTML standard, async-sse decode; the retry is in milliseconds, as in
 * the standard, and ids persist over events without data too.
 *
 * Example:
 *     p(weir_count(weir_sse(text("data: one\n\ndata: two\n\n"), NULL))); // -> 2
 */
WEIR_ITEM(weir_sse_event)
WEIR_LENDS
WEIR_NEW weir_stream *weir_sse(weir_reader *source WEIR_TAKES, const weir_sse_options *options);

/* For who connects again: the id and the retry that were said last, also by what gave no event. Of
 * the stream that weir_sse() returned, between its polls; the id is valid until the next.
 *
 * Example:
 *     weir_stream *s = weir_sse(text("id: 7\nretry: 500\ndata: one\n\n"), NULL);
 *     p(weir_count(weir_by_ref(s))); // -> 1
 *     p(weir_sse_last_id(s)); // -> 7
 *     p(weir_sse_retry_ms(s)); // -> 500
 *     weir_drop(s);
 */
WEIR_API weir_line weir_sse_last_id(const weir_stream *sse);
WEIR_API int64_t weir_sse_retry_ms(const weir_stream *sse); /* -1: unsaid */

typedef struct weir_to_sse_options {
    uint32_t size;          /* set by WEIR_TO_SSE_OPTIONS(); 0: the first layout */
    uint32_t retry_ms;      /* said before the first event; 0: unsaid */
    uint64_t keep_alive_ns; /* a comment whenever nothing came for so long; 0: none */
    size_t event_bytes_max; /* 0: 1 MiB */
} weir_to_sse_options;

/* WEIR_TO_SSE_OPTIONS(.keep_alive_ns = 15000000000ull): such options, the size set. */
#define WEIR_TO_SSE_OPTIONS(...)                                                                   \
    ((weir_to_sse_options){.size = sizeof(weir_to_sse_options), __VA_ARGS__})

/* The way back: each weir_sse_event or weir_owned_sse_event as text/event-stream. options may be
 * NULL.
 * Shape: as weir_encode(). A field is said where it is not empty and not the default; an id, and a
 * retry, where it is not what was said last. Each line of the data is a line of its own, so that
 * CR and CR LF arrive as LF. An event without data is a comment.
 * Units: keep_alive_ns needs a clock, and is measured from the last event.
 * Errors: ARGUMENT, not fatal, with its record, for an event whose type or id holds a line's end,
 * or whose id holds a NUL; LIMIT, not fatal, over event_bytes_max. The next event follows.
 * Source: async-sse encode, axum's Sse with KeepAlive.
 *
 * Example:
 *     p(weir_to_sse(weir_sse(text("data: one\n\n"), NULL), NULL)); // -> data: one\n\n
 */
WEIR_NEW weir_reader *weir_to_sse(weir_stream *source WEIR_TAKES,
                                  const weir_to_sse_options *options);

WEIR_END_C

#endif
