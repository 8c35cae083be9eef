/* weir/pipeline.h: the pipelines of the command `weir` from C, in a library of its own
 * (libweir-pipeline, weir-pipeline.pc).
 *
 *     weir_note note;
 *     weir_parse_options options = WEIR_PARSE_OPTIONS(.input = weir_memory_reader(csv, n));
 *     weir_pipeline *p = weir_parse(text, strlen(text), &options, &note);
 *     if (!p)
 *         fprintf(stderr, "%zu: %s; %s\n", note.at, note.message, note.hint);
 *     weir_stream *rows = weir_pipeline_lines(p);
 *
 * with `- ! from csv ! where age gt 30` as the text. The words are those of the command, which is
 * this library and a terminal: `weir help` has the grammar, `weir stages NAME` a stage. A text may
 * come from a file of settings: what it opens is what its reader allows, and that is nothing unless
 * it says so. */
#ifndef WEIR_PIPELINE_H
#define WEIR_PIPELINE_H

#include "weir/reader.h"
#include "weir/writer.h"

WEIR_BEGIN_C

typedef struct weir_pipeline weir_pipeline;

enum { WEIR_NOTE_BYTES = 256, WEIR_HINT_BYTES = 128 };

/* What is wrong with a text, and where: what a caret is put under. Of weir_parse_words() the places
 * count words, not bytes. Message and hint may be shown on a terminal: what they quote of the text
 * has its control characters as \xHH, and what is too long for them ends in "...". */
typedef struct weir_note {
    size_t at, size;             /* in the text; size 0: nowhere in particular */
    size_t other_at, other_size; /* what has to do with it; size 0: nothing */
    char message[WEIR_NOTE_BYTES];
    char hint[WEIR_HINT_BYTES]; /* "": none */
} weir_note;

/* What a text may reach. Allowed is what its author may do by it: with READ any file that the
 * process can read, with EXEC anything at all.
 *
 * BROKERS is for nats:, kafka: and redis:, which need READ and NET besides. The first text that
 * names one loads what its client's library does for weir (weir-nats.so, in the folder `weir`
 * beside libweir-pipeline.so); it stays, and has threads of its own. A program that is linked with
 * the archives cannot load it, and is told that this weir has none. Where a broker is, if at= does
 * not say it, is what WEIR_NATS, WEIR_KAFKA and WEIR_REDIS of the process say, and
 * WEIR_REDIS_PASSWORD is given to whatever server the text names. Options of librdkafka's own need
 * EXEC: one of them names code.
 *
 * Messages are acknowledged when what was made of them is safe, as by the command: in a sink that
 * the text names, or by the marks (weir/mark.h) between the items of weir_pipeline_lines(), which
 * weir_forward(), a broker's sink or weir_settle_here() settles. The options' writer and
 * weir_pipeline_reader() know of none, and are refused: settle=now at the source is for them. Such
 * a text ends when its runtime is told to stop. */
enum {
    WEIR_ALLOW_READ = 1,    /* files and directories are looked for and read */
    WEIR_ALLOW_WRITE = 2,   /* files are made, replaced, added to; sort's, which have no name */
    WEIR_ALLOW_NET = 4,     /* connections: tcp:, tls:, unix:, http:, http-get, listeners */
    WEIR_ALLOW_EXEC = 8,    /* commands: exec, exec: */
    WEIR_ALLOW_BROKERS = 16 /* nats:, kafka:, redis:, with READ and NET */
};

/* All zero but the size is the usual: the text transforms, and reaches nothing. */
typedef struct weir_parse_options {
    uint32_t size;       /* sizeof(weir_parse_options); 0 is refused: it was forgotten */
    unsigned allow;      /* WEIR_ALLOW_*, as bits */
    weir_reader *input;  /* stands for '-' as a source; WEIR_TAKES. NULL: '-' is refused there */
    weir_writer *output; /* ... as a sink, and where no sink is named; WEIR_TAKES */
    /* What stages say while they run: a file was written in place, 12 records were left out, the
     * digest of sha256. On the thread that polls; the note is gone when it returns. NULL: nobody
     * is told. */
    void (*on_note)(void *arg, const weir_note *note);
    void *arg; /* WEIR_KEEPS */
} weir_parse_options;

/* weir_parse(text, n, &WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_READ), &note) */
#define WEIR_PARSE_OPTIONS(...)                                                                    \
    ((weir_parse_options){.size = sizeof(weir_parse_options), __VA_ARGS__})

/* A pipeline of a text, as in a file for `weir run`: blanks and newlines part words, quotes hold
 * them together, # begins a comment. All that can be known without opening anything is checked:
 * names, arguments, what flows from stage to stage. It is built once and dropped, to ask how much
 * memory it may hold. Not inside of a poll.
 * Errors: NULL, and *note says why (NULL: nobody asks); what the options name is dropped then. A
 * future, a stream or a reader of NULL has one error, ARGUMENT; the rest below, but
 * weir_pipeline_drop(), is not asked of it.
 * Units: at most 1 MiB of text, and 65536 words.
 * Owns: the reader and the writer of the options; keeps nothing of the text or of the options.
 * Source: the command's own parser.
 *
 * Example:
 *     const char *said = "- ! lines ! grep b ! to lines";
 *     weir_parse_options options = WEIR_PARSE_OPTIONS(.input = text("abc\nxyz\n"));
 *     weir_note note;
 *     p(weir_pipeline_reader(weir_parse(said, strlen(said), &options, &note))); // -> abc\n
 *     options.input = text("");
 *     p(yes(weir_parse("- ! lines ! gerp b", 18, &options, &note))); // -> no
 *     p(note.message); // -> no stage called 'gerp'
 *     p(note.hint), p((int)note.at); // -> did you mean 'grep'? 12
 *     options.allow = WEIR_ALLOW_READ | WEIR_ALLOW_NET;
 *     options.input = NULL;
 *     p(yes(weir_parse("nats:ORDERS/w ! lines", 21, &options, &note))); // -> no
 *     p(note.hint); // -> WEIR_ALLOW_BROKERS, if this text may
 */
WEIR_API weir_pipeline *weir_parse(const char *text, size_t n, const weir_parse_options *options,
                                   weir_note *note) WEIR_MUST_USE;

/* The same of words that were parted already, as a shell gives them. A word \! or \+ is the ! or +
 * itself, and no separator.
 * Units: at most 65536 words, of 1 MiB each.
 *
 * Example:
 *     const char *words[] = {"-", "!", "lines", "!", "grep", "b c"};
 *     weir_parse_options options = WEIR_PARSE_OPTIONS(.input = text("a b c\nb\n"));
 *     p(weir_pipeline_lines(weir_parse_words(words, 6, &options, NULL))); // -> a b c
 */
WEIR_API weir_pipeline *weir_parse_words(const char *const *words, size_t n,
                                         const weir_parse_options *options,
                                         weir_note *note) WEIR_MUST_USE;

/* Without being run. NULL: nothing.
 *
 * Example:
 *     weir_parse_options options = WEIR_PARSE_OPTIONS(.input = text("a"));
 *     weir_pipeline *unused = weir_parse("- ! lines", 9, &options, NULL);
 *     p(yes(unused)); // -> yes
 *     weir_pipeline_drop(unused); // what the options named is dropped with it
 */
WEIR_API void weir_pipeline_drop(weir_pipeline *pipeline WEIR_TAKES);

/* Runs its chains, those behind a '+' one after the other: a future of the bytes that were written.
 * Shape: a chain is built when its turn comes. Errors: that of the first chain that fails, those
 * behind it do not run; ARGUMENT where a chain has no sink, where a file is not there, or is read
 * and written at once. A file gets its name when it is complete. Owns: drops the pipeline with
 * itself. Source: `weir FILE ! STAGE ! FILE`.
 *
 * Example:
 *     weir_parse_options options =
 *         WEIR_PARSE_OPTIONS(.input = text("b\na\n"), .output = weir_null_writer());
 *     p(weir_pipeline_future(weir_parse("- ! gzip ! gunzip ! -", 21, &options, NULL))); // -> 4
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_pipeline_future(weir_pipeline *pipeline WEIR_TAKES);

/* Of one chain that names no sink, its items: lines (weir_line, lent), batches of them (weir_vec),
 * or records of whatever kind. Of exec and http-get what each command or answer gave, as lines.
 * Shape: as its last stage, with the marks of a broker's source. Errors: as its stages; ARGUMENT
 * where it gives bytes, names a sink, has several chains, or where a file is not there, or is read
 * and written at once; what one that is not fatal was about, weir_rejected() has (a line that is no
 * UTF-8, a row that cannot be read). Owns: drops the pipeline with itself.
 *
 * Example:
 *     weir_parse_options options = WEIR_PARSE_OPTIONS(.input = text("b\na\n"));
 *     p(weir_pipeline_lines(weir_parse("- ! lines ! skip 1", 18, &options, NULL))); // -> a
 */
WEIR_LENDS
WEIR_NEW weir_stream *weir_pipeline_lines(weir_pipeline *pipeline WEIR_TAKES);

/* ... its bytes; of lines each with a newline behind it. Errors: as above; ARGUMENT where it gives
 * records: `to ndjson` makes bytes of them; where messages are acknowledged.
 *
 * Example:
 *     weir_parse_options options = WEIR_PARSE_OPTIONS(.input = text("b\na"));
 *     p(weir_pipeline_reader(weir_parse("- ! lines ! skip 1", 18, &options, NULL))); // -> a\n
 */
WEIR_NEW weir_reader *weir_pipeline_reader(weir_pipeline *pipeline WEIR_TAKES);

/* The table of `weir explain`: what goes in and out of each stage, what it may hold, and how it
 * works. rt: who is to run it; NULL: its driver is not said. Returns its bytes, of which at most
 * size - 1 are written, and a NUL; 0: there was no memory for it.
 *
 * Example:
 *     weir_parse_options options = WEIR_PARSE_OPTIONS(.input = text(""));
 *     weir_pipeline *gunzip = weir_parse("- ! gunzip", 10, &options, NULL);
 *     char table[2000];
 *     size_t n = weir_pipeline_explain(gunzip, NULL, table, sizeof table);
 *     p(yes(n == strlen(table) && strstr(table, "gunzip"))); // -> yes
 *     weir_pipeline_drop(gunzip);
 */
WEIR_API size_t weir_pipeline_explain(const weir_pipeline *pipeline, const weir_rt *rt, char *out,
                                      size_t size);

/* The most that it may hold at once while it runs, in bytes: the bound of the table, and what the
 * reader and the writer of the options hold. At most UINT64_MAX, which is also what a sum above it
 * is.
 *
 * Example:
 *     weir_parse_options options =
 *         WEIR_PARSE_OPTIONS(.input = text(""), .allow = WEIR_ALLOW_WRITE);
 *     weir_pipeline *sort = weir_parse("- ! lines ! sort mem=64M", 24, &options, NULL);
 *     p(yes(weir_pipeline_memory_bytes(sort) < 70 << 20)); // -> yes
 *     weir_pipeline_drop(sort);
 */
WEIR_API uint64_t weir_pipeline_memory_bytes(const weir_pipeline *pipeline);

/* ---- the catalogue ---- */

/* What flows between two stages, as bits. */
enum {
    WEIR_FLOW_NOTHING = 0,
    WEIR_FLOW_BYTES = 1,
    WEIR_FLOW_LINES = 2,   /* weir_line, lent or owned */
    WEIR_FLOW_BATCHES = 4, /* weir_vec of lines */
    WEIR_FLOW_RECORDS = 16 /* what weir/record.h can look at */
};

/* A chain while it is built: bytes, or items, or, before a source, neither. */
typedef struct weir_flow {
    weir_reader *reader;
    weir_stream *stream;
} weir_flow;

/* A source, stage or sink with a name. */
typedef struct weir_entry {
    uint32_t size;     /* sizeof(weir_entry) */
    unsigned allow;    /* what a text needs to name it, as bits; of files that are arguments of it
                          the text needs WEIR_ALLOW_WRITE besides */
    const char *name;  /* small letters, digits and - */
    const char *usage; /* "shout [WORD]" */
    const char *does;  /* one line */
    const char *help;  /* more of them; NULL: none */
    unsigned takes;    /* WEIR_FLOW_*; NOTHING: a source */
    unsigned gives;    /* one of WEIR_FLOW_*; NOTHING: a sink. Of the command's own: any that it may
                          give, as bits */
    /* Words that may stand behind its name, each as it stands: `a=1`, `-v` and `--` are words like
     * any other. At most WEIR_WORDS_MAX. */
    unsigned words_min, words_max;
    /* Looks at them before anything is built. Gives what is wrong, or NULL: they may do. NULL:
     * nothing is looked at. */
    const char *(*check)(const char *const *words, size_t n, void *arg);
    /* The chain with this stage on its end: takes what is there, and sets one of the two. A sink
     * sets `stream`: a future of uint64_t, the bytes that it wrote. It is called whenever a
     * pipeline is built, on the thread that does so, and opens nothing before it is polled. Where
     * it sets neither, not the one that `gives` says, or items of another type, an error stands
     * there: WEIR_E_ARGUMENT. */
    weir_flow (*make)(weir_flow from, const char *const *words, size_t n, void *arg);
    void *arg; /* WEIR_KEEPS */
} weir_entry;

enum { WEIR_WORDS_MAX = 8 };

#define WEIR_ENTRY(...) ((weir_entry){.size = sizeof(weir_entry), __VA_ARGS__})

/* A name more, for every text that is parsed from now on, on any thread, until the program ends.
 * What the entry points at stays. false: the name is there already or is none, the entry makes no
 * sense, or there is no memory.
 *
 * Example:
 *     static const weir_entry keep = {.size = sizeof keep, .name = "grep"}; // is there already
 *     p(weir_catalogue_add(&keep)); // -> false
 */
WEIR_API bool weir_catalogue_add(const weir_entry *entry) WEIR_MUST_USE;

/* All names, those of the command first: *at is 0 for the first, and goes on. Of the command's own
 * `check` and `make` are NULL, and their words are what `usage` says. false: there are no more.
 *
 *     for (size_t at = 0; weir_catalogue_next(&at, &entry);)
 *         printf("%-10s %s\n", entry.name, entry.does);
 *
 * Example:
 *     weir_entry entry;
 *     size_t at = 0;
 *     while (weir_catalogue_next(&at, &entry) && strcmp(entry.name, "gunzip"))
 *         ;
 *     p(entry.does); // -> decompress gzip, all members one after the other
 */
WEIR_API bool weir_catalogue_next(size_t *at, weir_entry *entry);

WEIR_END_C

#endif
