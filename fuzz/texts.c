/* Texts of pipelines, of the words of the catalogue and of bytes that have no place there: each is
 * a note whose places are in the text, or a pipeline that can be shown, measured, and run for a
 * moment. Nothing is allowed, so nothing is reached. With WEIR_LIBFUZZER the text is the fuzzer's.
 *
 *   texts [-n CASES] [-t SECONDS] [-s SEED]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir.h>
#include <weir/pipeline.h>

#include "draws.h"

enum { TEXT_BYTES = 4096, NAMES_MAX = 128, TABLE_BYTES = 4096, ITEMS = 8, MOMENT_NS = 1000000 };

static uint64_t seed_now;

_Noreturn static void give_up(const char *text, size_t n, const char *what)
{
    fprintf(stderr, "seed %" PRIu64 ": %s\n  ", seed_now, what);
    fwrite(text, 1, n, stderr);
    fputc('\n', stderr);
    abort();
}

/* ---- one text ---- */

static bool is_shown(const char *text, size_t size)
{
    size_t n = strnlen(text, size);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            return false;
    return n < size;
}

static bool is_within(size_t at, size_t size, size_t n)
{
    return at <= n && size <= n - at;
}

static void check_note(const char *text, size_t n, const weir_note *note)
{
    if (!note->message[0])
        give_up(text, n, "it is refused without a word");
    if (!is_shown(note->message, sizeof note->message) || !is_shown(note->hint, sizeof note->hint))
        give_up(text, n, "its note cannot be shown");
    if (!is_within(note->at, note->size, n) || !is_within(note->other_at, note->other_size, n))
        give_up(text, n, "its note names a place that is not there");
}

/* However little room there is, what is written is the beginning of it. */
static void check_table(const char *text, size_t n, const weir_pipeline *pipeline)
{
    static char whole[TABLE_BYTES];
    size_t bytes = weir_pipeline_explain(pipeline, NULL, whole, sizeof whole);
    size_t room = bytes / 2 + 1;
    char *part = malloc(room);
    if (!bytes || (bytes < sizeof whole && strlen(whole) != bytes))
        give_up(text, n, "its table has another length than is said");
    if (weir_pipeline_explain(pipeline, NULL, part, room) != bytes || strlen(part) >= room ||
        strncmp(part, whole, strlen(part)) != 0)
        give_up(text, n, "its table is another one where there is less room");
    free(part);
    weir_pipeline_memory_bytes(pipeline);
}

/* One of its three ends, whether it has that or not. */
static weir_stream *end_of(weir_pipeline *pipeline, size_t which)
{
    if (which == 0)
        return weir_pipeline_future(pipeline);
    if (which == 1)
        return weir_copy(weir_pipeline_reader(pipeline), weir_null_writer());
    return weir_pipeline_lines(pipeline);
}

static void check_text(const char *text, size_t n)
{
    static const char input[] = "a,b\n1,2\n{\"a\":1}\n\xff\n\n3,4";
    weir_note note = {0};
    weir_error error;
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.input = weir_memory_reader(input, sizeof input - 1));
    if (n % 2)
        options.output = weir_null_writer();
    weir_pipeline *pipeline = weir_parse(text, n, &options, &note);
    if (!pipeline) {
        check_note(text, n, &note);
        return;
    }
    check_table(text, n, pipeline);
    weir_stream *end = weir_take(end_of(pipeline, n % 3), ITEMS);
    weir_ignore(weir_run(weir_drain(weir_timeout(end, MOMENT_NS)), NULL, &error));
}

#ifdef WEIR_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    check_text((const char *)bytes, n);
    return 0;
}
#else

/* ---- drawn ---- */

static const char *const pieces[] = {
    " ! ",
    " ! ",
    " ! ",
    " + ",
    "- ",
    "- -",
    "merge - x",
    "seq 5",
    "seq -3 3 step=2",
    "random 1K",
    "zero",
    "every 1ms",
    "par 2",
    "a eq 1",
    "a,b",
    "a=b",
    "a:=b",
    "fields=a:1,b.c:2.1",
    "header=no",
    "level=9",
    "mem=1M",
    "10/1s",
    "1ms",
    "64K",
    "3",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "'",
    "\"",
    "\\!",
    "#",
    "\n",
    "\r\n",
    "\xff",
    "\xc3\xa9",
    "\xef\xbb\xbf",
    "\x1b[31m",
    "%s",
    "./x",
    "tcp:[::1]:80",
    "exec:x",
    "nats:a/b",
};
enum { PIECES = sizeof pieces / sizeof *pieces };

static uint64_t state;

static size_t draw(size_t n)
{
    return draws_below(&state, n);
}

static const char *some_name(void)
{
    static const char *names[NAMES_MAX];
    static size_t names_n;
    weir_entry entry;
    for (size_t at = 0; !names_n || at; names[names_n++] = entry.name)
        if (names_n == NAMES_MAX || !weir_catalogue_next(&at, &entry))
            break;
    return names[draw(names_n)];
}

static size_t add(char *text, size_t n, const char *piece)
{
    size_t size = strlen(piece);
    if (n + size + 1 > TEXT_BYTES)
        return n;
    memcpy(text + n, piece, size);
    return n + size;
}

/* What flows, and what makes of it what. */
enum { BYTES, LINES, RECORDS };
static const struct {
    const char *words;
    int takes, gives;
} steps[] = {
    {"gzip level=1", BYTES, BYTES},
    {"gunzip", BYTES, BYTES},
    {"decompress", BYTES, BYTES},
    {"hex", BYTES, BYTES},
    {"base64", BYTES, BYTES},
    {"unbase64", BYTES, BYTES},
    {"crc32", BYTES, BYTES},
    {"sha256 x", BYTES, BYTES},
    {"meter x", BYTES, BYTES},
    {"rate 10M", BYTES, BYTES},
    {"buffer 4K", BYTES, BYTES},
    {"timeout 1s", BYTES, BYTES},
    {"retry", BYTES, BYTES},
    {"tee t ! null + t.", BYTES, BYTES},
    {"lines", BYTES, LINES},
    {"split ,", BYTES, LINES},
    {"unframe width=2", BYTES, LINES},
    {"from csv", BYTES, RECORDS},
    {"from csv header=no", BYTES, RECORDS},
    {"from ndjson", BYTES, RECORDS},
    {"from proto fields=a:1,b.c:2.1", BYTES, RECORDS},
    {"grep a", LINES, LINES},
    {"grep -v a", LINES, LINES},
    {"skip 1", LINES, LINES},
    {"take 3", LINES, LINES},
    {"last 2", LINES, LINES},
    {"sample 2", LINES, LINES},
    {"uniq", LINES, LINES},
    {"uniq count", LINES, LINES},
    {"throttle 10/1s", LINES, LINES},
    {"par 2 keep-order grep a", LINES, LINES},
    {"batch 2 ! unbatch", LINES, LINES},
    {"count", LINES, BYTES},
    {"to lines", LINES, BYTES},
    {"frame width=2", LINES, BYTES},
    {"where a eq 1", RECORDS, RECORDS},
    {"pick a,b", RECORDS, RECORDS},
    {"set c=1", RECORDS, RECORDS},
    {"rename a=z", RECORDS, RECORDS},
    {"uniq a", RECORDS, RECORDS},
    {"stats a", RECORDS, RECORDS},
    {"take 2", RECORDS, RECORDS},
    {"to csv", RECORDS, BYTES},
    {"to ndjson", RECORDS, BYTES},
};
enum { STEPS = sizeof steps / sizeof *steps };

/* One that fits, mostly. */
static size_t some_step(int *flow)
{
    size_t step = draw(STEPS);
    while (steps[step].takes != *flow && draw(50))
        step = draw(STEPS);
    *flow = steps[step].gives;
    return step;
}

/* What fits; in some of them a word stands behind that is none there, or a byte is another one. */
static size_t draw_text(char *text)
{
    size_t n = add(text, 0, draw(8) ? "-" : pieces[draw(PIECES)]);
    int flow = BYTES;
    for (size_t left = draw(6); left; left--) {
        n = add(text, n, " ! ");
        n = add(text, n, steps[some_step(&flow)].words);
        if (!draw(12)) {
            n = add(text, n, " ");
            n = add(text, n, draw(2) ? some_name() : pieces[draw(PIECES)]);
        }
    }
    for (size_t odd = draw(4) ? 0 : 1 + draw(2); odd && n; odd--)
        text[draw(n)] = (char)draw(256);
    return n;
}

/* In memory of its own size: what reads behind it is seen. */
static void run_seed(uint64_t seed)
{
    static char room[TEXT_BYTES];
    seed_now = state = seed;
    size_t n = draw_text(room);
    char *text = malloc(n ? n : 1);
    memcpy(text, room, n);
    check_text(text, n);
    free(text);
}

int main(int argc, char **argv)
{
    return draws_run(argc, argv, run_seed);
}
#endif
