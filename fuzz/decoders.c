/* Decoders over bytes that are made up, or samples with something done to them: however an input is
 * split in two, however many items are asked for at once, whether bytes behind the end may be read:
 * it gives the same items, errors and places.
 *
 *   decoders [-n CASES] [-t SECONDS] [-s SEED] [NAME]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draws.h"
#include "format/json_write.h"
#include "weir.h"

enum { INPUT_BYTES = 512, SAID_BYTES = 32 << 10, POLLS_MAX = 4096, FRAME_BYTES = 200 };

/* ---- what a decoder says, as text ---- */

struct said {
    char text[SAID_BYTES];
    size_t n;
};

static void say(struct said *said, const void *bytes, size_t n)
{
    if (n > SAID_BYTES - said->n)
        n = SAID_BYTES - said->n;
    if (n)
        memcpy(said->text + said->n, bytes, n);
    said->n += n;
}

static void say_number(struct said *said, uint64_t number)
{
    char text[32];
    say(said, text, weir_format(text, sizeof text, " %llu ", (unsigned long long)number));
}

static void say_line(struct said *said, weir_line line)
{
    say_number(said, line.size);
    say(said, line.data, line.size);
}

static void say_error(struct said *said, const weir_error *error)
{
    say(said, "!", 1);
    say(said, error->message, strlen(error->message));
    say_number(said, error->fatal);
    say_number(said, error->byte);
    say_number(said, error->record);
    say_number(said, error->line);
    say_number(said, error->column);
}

/* ---- the decoders ---- */

/* A kind, of which 9 is a bad one, a length, and so many bytes. */
static weir_decoded my_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                              void *out, weir_error *error)
{
    unsigned *sum = state;
    (void)last;
    for (size_t i = 0; i < WEIR_PADDING_BYTES; i++) /* they may be read */
        *sum += bytes[n + i];
    if (n < 2)
        return (weir_decoded){WEIR_FOUND_NEED, 2};
    size_t size = 2 + (size_t)bytes[1];
    if (n < size)
        return (weir_decoded){WEIR_FOUND_NEED, size};
    if (bytes[0] == 9) {
        weir_error_set(error, WEIR_E_CORRUPT, "a bad frame of %zu bytes", size);
        return (weir_decoded){WEIR_FOUND_BAD, size};
    }
    if (bytes[0] == 0)
        return (weir_decoded){WEIR_FOUND_SKIP, size};
    *(weir_line *)out = (weir_line){(const char *)bytes, size};
    return (weir_decoded){WEIR_FOUND_ITEM, size};
}

static weir_stream *open_my_frames(weir_reader *source)
{
    static const weir_decoder decoder = {.size = sizeof decoder,
                                         .name = "my_frame",
                                         .type = &weir_type_line,
                                         .state_size = sizeof(unsigned),
                                         .decode = my_decode};
    return weir_decode(source, &decoder, NULL, FRAME_BYTES);
}

static weir_stream *open_frames(weir_reader *source)
{
    return weir_frames(source, &WEIR_FRAMES_OPTIONS(.width = 1, .offset = 1, .adjustment = -2,
                                                    .frame_bytes_max = FRAME_BYTES));
}

static weir_stream *open_sse(weir_reader *source)
{
    return weir_sse(source, &WEIR_SSE_OPTIONS(.event_bytes_max = FRAME_BYTES));
}

/* What is a reader is looked at byte by byte. */
static weir_stream *open_unbase64(weir_reader *source)
{
    return weir_bytes(weir_unbase64(source, &WEIR_UNBASE64_OPTIONS(.blanks = true)));
}

static weir_stream *open_unhex(weir_reader *source)
{
    return weir_bytes(weir_unhex(source, &WEIR_UNHEX_OPTIONS(.blanks = true)));
}

static weir_stream *open_split(weir_reader *source)
{
    return weir_split(source, ',', FRAME_BYTES);
}

static weir_stream *open_lines(weir_reader *source)
{
    return weir_lines_with(source, &WEIR_LINES_OPTIONS(.utf8 = true, .line_bytes_max = 20));
}

static void say_byte(struct said *said, const void *item)
{
    say(said, item, 1);
}

static weir_stream *open_csv(weir_reader *source)
{
    return weir_csv(source, &WEIR_CSV_OPTIONS(.comment = '#', .record_bytes_max = FRAME_BYTES,
                                              .columns_max = 20));
}

static weir_stream *open_tsv(weir_reader *source)
{
    return weir_csv(source, &WEIR_TSV_OPTIONS(.escapes = true, .number_doubled = true,
                                              .record_bytes_max = FRAME_BYTES, .columns_max = 40));
}

static weir_stream *open_lazy_csv(weir_reader *source)
{
    return weir_csv(source, &WEIR_CSV_OPTIONS(.lazy_quotes = true, .no_header = true,
                                              .record_bytes_max = FRAME_BYTES));
}

static void say_row(struct said *said, const void *item)
{
    const weir_row *row = item;
    say_number(said, row->record);
    for (uint32_t i = 0; i < row->n; i++) {
        say_line(said, row->header->names[i]);
        say_line(said, weir_row_at(row, i));
    }
}

static void say_frame(struct said *said, const void *item)
{
    say_line(said, *(const weir_line *)item);
}

static void say_event(struct said *said, const void *item)
{
    const weir_sse_event *event = item;
    say_line(said, event->event);
    say_line(said, event->data);
    say_line(said, event->id);
    say_number(said, (uint64_t)event->retry_ms);
}

static weir_stream *open_ndjson(weir_reader *source)
{
    return weir_ndjson(
        source, &WEIR_JSON_OPTIONS(.line_bytes_max = FRAME_BYTES, .json_bytes_max = 1 << 10));
}

static weir_stream *open_json_doc(weir_reader *source)
{
    return weir_json_doc(source, FRAME_BYTES);
}

/* As it came, and as it is shown. */
static void say_json(struct said *said, const void *item)
{
    static unsigned char text[SAID_BYTES];
    const weir_json *json = item;
    weir_error error;
    weir_value value = weir_json_value(json);
    say_line(said, json->text);
    say(said, text, weir_json_write(&value, text, sizeof text, &error));
}

static const char *const sse_pieces[] = {
    "data: ", "data", "id:",          "event:", "retry: 7\n",         "\n\n",
    "\r\n",   ":\n",  "\xef\xbb\xbf", "\r\r",   "data:a\ndata:b\n\n", NULL};
static const char *const csv_pieces[] = {"\n",  "\r\n",       "\xef\xbb\xbf", "\"\"", ",\"",
                                         "\",", "\"a\"\"b\"", "x\"y",         NULL};
static const char *const json_pieces[] = {"{\"a\":",
                                          "[",
                                          "]",
                                          "}",
                                          "\"x\"",
                                          "1.10",
                                          "-0e1",
                                          "true",
                                          "null",
                                          "\n",
                                          "\r\n",
                                          "\xef\xbb\xbf",
                                          "\"\\u00e9\\n\"",
                                          "[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9]\n",
                                          "{\"a\":[{}]}\n",
                                          "\xc3\xa9",
                                          NULL};

struct fuzz_pet {
    weir_text name;
    int64_t age;
};
WEIR_RECORD(fuzz_pet_record, struct fuzz_pet, WEIR_MEMBER(struct fuzz_pet, name, 1),
            WEIR_MEMBER(struct fuzz_pet, age, 2))

static weir_stream *open_proto(weir_reader *source)
{
    return weir_proto_records(source, &fuzz_pet_record, FRAME_BYTES);
}

static void say_pet(struct said *said, const void *item)
{
    const struct fuzz_pet *pet = item;
    say_line(said, pet->name);
    say_number(said, (uint64_t)pet->age);
}

static const struct decoder {
    const char *name;
    weir_stream *(*open)(weir_reader *source);
    void (*say)(struct said *said, const void *item);
    const char *words;         /* a byte each of which inputs are made, besides others */
    size_t words_n;            /* 0: all of them */
    const char *const *pieces; /* what is put into its inputs, up to a NULL. NULL: nothing is */
} decoders[] = {
    {"my_frame", open_my_frames, say_frame, "\1\2\3\11\0\0\1\5", 6, NULL},
    {"frames", open_frames, say_frame, "\1\2\3\4\10\0", 6, NULL},
    {"sse", open_sse, say_event, "\n\n\r: iddataeventretry0123", 0, sse_pieces},
    {"unbase64", open_unbase64, say_byte, "QUJDREVG+/wgAZ= \n", 0, NULL},
    {"unhex", open_unhex, say_byte, "0123456789abcdefABCDEF \n", 0, NULL},
    {"split", open_split, say_frame, "ab,,", 0, NULL},
    {"lines", open_lines, say_frame, "abc\n\r\xc3\xa9\xe2\x82\xac\xf0", 0, NULL},
    {"proto", open_proto, say_pet, "\3\5\n\1a\20\7\33\34\x80\377", 0, NULL},
    {"csv", open_csv, say_row, ",,\n\n\r\"\"\"#ab", 0, csv_pieces},
    {"tsv", open_tsv, say_row, "\t\t\n\n\r\\\\tnab", 0, csv_pieces},
    {"lazy_csv", open_lazy_csv, say_row, ",,\n\r\"\"a", 0, csv_pieces},
    {"ndjson", open_ndjson, say_json, "[]{}\"\\,: \n\r1.e-", 0, json_pieces},
    {"json_doc", open_json_doc, say_json, "[]{}\"\\,: \n\r1.e-", 0, json_pieces},
};
enum { DECODERS = sizeof decoders / sizeof *decoders };

/* ---- readers: a source that gives what it has in two parts ---- */

struct parts {
    weir_reader reader;
    const uint8_t *bytes;
    size_t n, cut;
    bool padded; /* the bytes are copied to where more may be read */
    bool waits;  /* PENDING before each part */
    bool waited;
    weir_waker_slot slot;
};

static weir_poll parts_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct parts *self = WEIR_CONTAINER(reader, struct parts, reader);
    (void)min;
    if (self->waits && !self->waited) {
        self->waited = true;
        weir_waker_wake(cx->waker);
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    }
    self->waited = false;
    size_t n = self->cut ? self->cut : self->n;
    if (!n)
        return (weir_poll){0, WEIR_END};
    unsigned char *room = weir_reader_room(reader, n);
    if (!room)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory");
    memcpy(room, self->bytes, n);
    reader->end += n;
    reader->stage.padded = self->padded;
    self->bytes += n;
    self->n -= n;
    self->cut = 0;
    return (weir_poll){0, WEIR_READY};
}

static weir_reader *parts_reader(const uint8_t *bytes, size_t n, size_t cut, unsigned how)
{
    static const weir_reader_ops ops = {
        .size = sizeof ops, .name = "parts", .poll_fill = parts_poll_fill};
    weir_reader *reader = weir_reader_new(sizeof(struct parts), &ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct parts *self = WEIR_CONTAINER(reader, struct parts, reader);
    self->bytes = bytes;
    self->n = n;
    self->cut = cut < n ? cut : 0;
    self->padded = how & 1;
    self->waits = how & 2;
    return reader;
}

/* ---- runs ---- */

static uint64_t seed_now;

_Noreturn static void fail(const struct decoder *decoder, const char *what)
{
    fprintf(stderr, "decoders: %s: %s; -s %llu\n", decoder->name, what,
            (unsigned long long)seed_now);
    abort();
}

/* It polls again at once, whoever is woken. */
static void note_wake(weir_waker *woken)
{
    (void)woken;
}
static const weir_waker_ops waker_ops = {sizeof waker_ops, note_wake, note_wake};
static weir_waker waker;

static void run(const struct decoder *decoder, weir_reader *source, size_t demand,
                struct said *said)
{
    static _Alignas(64) unsigned char items[64 * 128];
    weir_waker_init(&waker, &waker_ops);
    weir_cx *cx = weir_cx_new(&waker);
    weir_stream *stream = decoder->open(source);
    size_t size = stream->type->size, polls = 0;
    said->n = 0;
    for (weir_poll got = {0}; got.state != WEIR_END; polls++) {
        if (polls == POLLS_MAX)
            fail(decoder, "it does not end");
        cx->budget = WEIR_BUDGET;
        got = weir_poll_next(stream, cx, items, demand);
        for (uint32_t i = 0; i < got.n; i++)
            decoder->say(said, items + i * size);
        if (got.state == WEIR_ERROR)
            say_error(said, &cx->error);
    }
    weir_drop(stream);
    weir_cx_drop(cx);
}

/* The oracle: whole, and split in two. */
static void run_bytes(const struct decoder *decoder, const uint8_t *bytes, size_t n, size_t cut,
                      unsigned how)
{
    static struct said whole, split;
    run(decoder, weir_memory_reader(bytes, n), 64, &whole);
    run(decoder, parts_reader(bytes, n, cut, how), 1 + how % 7, &split);
    if (whole.n != split.n || memcmp(whole.text, split.text, whole.n) != 0) {
        fprintf(stderr, "whole:\n%.*s\nsplit at %zu of %zu:\n%.*s\n", (int)whole.n, whole.text, cut,
                n, (int)split.n, split.text);
        fail(decoder, "a split makes a difference");
    }
}

#ifdef WEIR_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n >= 4)
        run_bytes(&decoders[bytes[0] % DECODERS], bytes + 4, n - 4,
                  (size_t)bytes[1] << 8 | bytes[2], bytes[3]);
    return 0;
}
#else

static const char *only; /* NULL: any */

static size_t draw_input(const struct decoder *decoder, uint64_t *state, uint8_t *bytes)
{
    size_t n = 0, most = draws_below(state, 4) ? 1 + draws_below(state, 60)
                                               : 1 + draws_below(state, INPUT_BYTES);
    size_t words = decoder->words_n ? decoder->words_n : strlen(decoder->words), kinds = 0;
    while (decoder->pieces && decoder->pieces[kinds])
        kinds++;
    while (n < most) {
        const char *piece = kinds ? decoder->pieces[draws_below(state, kinds)] : "";
        size_t size = strlen(piece);
        if (kinds && draws_below(state, 2) && n + size <= most) {
            memcpy(bytes + n, piece, size);
            n += size;
        } else {
            bytes[n++] =
                (uint8_t)(draws_below(state, 12) ? (size_t)decoder->words[draws_below(state, words)]
                                                 : draws_below(state, 256));
        }
    }
    return n;
}

static void run_seed(uint64_t seed)
{
    uint8_t input[INPUT_BYTES];
    uint64_t state = seed_now = seed;
    const struct decoder *decoder = &decoders[draws_below(&state, DECODERS)];
    for (size_t i = 0; only && i < DECODERS; i++)
        if (!strcmp(decoders[i].name, only))
            decoder = &decoders[i];
    size_t n = draw_input(decoder, &state, input);
    uint8_t *bytes = malloc(n); /* what stands behind it is not theirs */
    memcpy(bytes, input, n);
    run_bytes(decoder, bytes, n, draws_below(&state, n + 1), (unsigned)draws_below(&state, 256));
    free(bytes);
}

int main(int argc, char **argv)
{
    only = draws_name(argc, argv);
    return draws_run(argc, argv, run_seed);
}
#endif
