/* weir_parse(): a text becomes a pipeline, or a note. */
#include <stdio.h>
#include <string.h>

#include "pipeline/build.h"
#include "pipeline/columns.h"
#include "pipeline/plan.h"
#include "pipeline/room.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"
#include "pipeline/text_host.h"

/* ---- notes ---- */

/* Bytes of the text that stand before `size`, and part no character and no \xHH. */
static size_t cut_at(const char *text, size_t size)
{
    size_t n = weir_pl_columns_cut(text, SIZE_MAX, size);

    for (size_t back = 1; back <= 3 && back <= n; back++)
        if (text[n - back] == '\\')
            return n - back;
    return n;
}

/* As a terminal may have it; what is too long is cut, and says so. */
static void note_copy(char *out, size_t size, const char *text)
{
    char fits[WEIR_NOTE_BYTES], harmless[4 * WEIR_NOTE_BYTES];
    size_t n = weir_pl_columns_cut(text, SIZE_MAX, size - 1);
    bool whole = !text[n];

    memcpy(fits, text, n);
    fits[n] = 0;
    weir_pl_text_put_harmless(fits, harmless);
    n = strlen(harmless);
    whole &= n < size;
    if (!whole)
        n = cut_at(harmless, size - 4);
    memcpy(out, harmless, n);
    memcpy(out + n, whole ? "" : "...", whole ? 1 : 4);
}

/* In bytes of the text; of words that were parted already, in words. */
static void note_place(const struct words *words, struct span span, size_t *at, size_t *size)
{
    *at = *size = 0;
    if (span.first >= span.end || span.end > words->n)
        return;
    const struct word *first = &words->at[span.first], *last = &words->at[span.end - 1];
    bool parted = !first->size;
    *at = parted ? span.first : first->first;
    *size = parted ? span.end - span.first : last->first + last->size - first->first;
}

static void note_from(const struct words *words, const struct note *note, weir_note *out)
{
    *out = (weir_note){0};
    note_copy(out->message, sizeof out->message, note->message);
    note_copy(out->hint, sizeof out->hint, note->hint);
    if (note->kind != NOTE_AT)
        return;
    note_place(words, note->at, &out->at, &out->size);
    note_place(words, note->other, &out->other_at, &out->other_size);
}

/* Until it is parsed what is told is why it cannot be; later it is news. */
static void tell_caller(const struct host *host, const struct words *words, const struct note *note)
{
    weir_pipeline *self = WEIR_CONTAINER(host, weir_pipeline, host);
    weir_note said;

    note_from(words, note, &said);
    if (!self->failed)
        self->note = said;
    self->failed = true;
    if (self->parsed && self->on_note)
        self->on_note(self->arg, &said);
}

/* ---- what there is once ---- */

static bool is_output(const struct node *node)
{
    return node->entry == &weir_pl_entry_output || node->entry == &weir_pl_entry_print;
}

static bool is_input(const struct node *node)
{
    return node->entry == &weir_pl_entry_input;
}

static bool stands_once(const weir_pipeline *self, bool (*is)(const struct node *node),
                        const char *what)
{
    const struct node *first = NULL;

    for (const struct node *node = self->chains.nodes; node->entry; node++) {
        if (!is(node))
            continue;
        if (first) {
            weir_pl_note_set(&self->words, (struct span){node->first, node->end},
                             (struct span){first->first, first->end}, "a file, or 'tee'",
                             "what the program gives for '-' is %s once", what);
            return false;
        }
        first = node;
    }
    return true;
}

/* ---- parsing ---- */

static weir_pipeline *pipeline_new(const weir_parse_options *options)
{
    weir_pipeline *self = weir_pl_room_zeroed(1, sizeof *self);

    if (!self) {
        weir_drop(options->input);
        weir_drop(options->output);
        return NULL;
    }
    self->host =
        (struct host){.tell = tell_caller,
                      .allow = options->allow,
                      .input = options->input ? &weir_pl_entry_input : NULL,
                      .output = options->output ? &weir_pl_entry_output : NULL,
                      .unnamed = options->output ? &weir_pl_entry_output : &weir_pl_entry_open_end};
    self->input = options->input;
    self->output = options->output;
    self->given_bytes = weir_pl_bytes_sum(self->input ? weir_memory_max(self->input) : 0,
                                          self->output ? weir_memory_max(self->output) : 0);
    self->on_note = options->on_note;
    self->arg = options->arg;
    return self;
}

/* NULL: it was dropped, and the caller is told why. */
static weir_pipeline *pipeline_settle(weir_pipeline *self, bool there, weir_note *note)
{
    bool fine = there && weir_pl_parse(&self->chains, &self->words) &&
                stands_once(self, is_input, "read") && stands_once(self, is_output, "written") &&
                weir_pl_plan_make(&self->chains) && weir_pl_plan_measure(&self->chains);

    if (note)
        *note = self->note;
    self->parsed = true;
    if (fine)
        return self;
    weir_pipeline_drop(self);
    return NULL;
}

static weir_pipeline *without_memory(weir_note *note)
{
    if (note)
        *note = (weir_note){.message = "no memory"};
    return NULL;
}

/* What an older program does not say is nothing. */
static weir_parse_options options_of(const weir_parse_options *options)
{
    weir_parse_options all = {0};
    size_t size = options ? options->size : 0;

    memcpy(&all, options ? options : &all, size < sizeof all ? size : sizeof all);
    return all;
}

/* What they name is the pipeline's, and goes with it. */
static bool without_size(const weir_parse_options *options, weir_note *note)
{
    if (!options || options->size)
        return false;
    if (note)
        *note = (weir_note){.message = "the size of weir_parse_options is 0",
                            .hint = "WEIR_PARSE_OPTIONS(...) sets it"};
    weir_drop(options->input);
    weir_drop(options->output);
    return true;
}

static void note_words(weir_pipeline *self, const char *wrong)
{
    const struct words *words = &self->words;

    if (words->wrong_line)
        snprintf(self->note.message, sizeof self->note.message, "line %zu: %s", words->wrong_line,
                 wrong);
    else
        note_copy(self->note.message, sizeof self->note.message, wrong);
    note_copy(self->note.hint, sizeof self->note.hint, weir_pl_words_hint(wrong));
    self->note.at = words->wrong_first;
    self->note.size = words->wrong_size;
}

weir_pipeline *weir_parse(const char *text, size_t n, const weir_parse_options *options,
                          weir_note *note)
{
    if (without_size(options, note))
        return NULL;
    weir_parse_options all = options_of(options);
    weir_pipeline *self = pipeline_new(&all);

    if (!self)
        return without_memory(note);
    const char *wrong = "it is longer than 1 MiB";
    if (n > WORDS_FILE_BYTES_MAX)
        self->words = (struct words){.wrong_first = WORDS_FILE_BYTES_MAX,
                                     .wrong_size = n - WORDS_FILE_BYTES_MAX};
    else
        wrong = weir_pl_words_from_text(&self->words, &self->host, text, n);
    if (wrong)
        note_words(self, wrong);
    return pipeline_settle(self, !wrong, note);
}

/* NULL: neither. */
static const char *too_many_or_long(weir_note *note, const char *const *words, size_t n)
{
    if (n > WORDS_MAX)
        return "there are more than 65536 words";
    for (size_t i = 0; i < n; i++) {
        if (strnlen(words[i], WORDS_FILE_BYTES_MAX + 1) <= WORDS_FILE_BYTES_MAX)
            continue;
        note->at = i;
        note->size = 1;
        return "this word is longer than 1 MiB";
    }
    return NULL;
}

weir_pipeline *weir_parse_words(const char *const *words, size_t n,
                                const weir_parse_options *options, weir_note *note)
{
    if (without_size(options, note))
        return NULL;
    weir_parse_options all = options_of(options);
    weir_pipeline *self = pipeline_new(&all);

    if (!self)
        return without_memory(note);
    self->words.host = &self->host;
    const char *wrong = too_many_or_long(&self->note, words, n);
    if (!wrong && !weir_pl_words_from_arguments(&self->words, &self->host, n, words))
        wrong = "no memory";
    if (wrong)
        note_copy(self->note.message, sizeof self->note.message, wrong);
    return pipeline_settle(self, !wrong, note);
}

void weir_pipeline_drop(weir_pipeline *pipeline)
{
    if (!pipeline)
        return;
    weir_pl_drop(&pipeline->chains);
    weir_pl_words_drop(&pipeline->words);
    weir_drop(pipeline->input);
    weir_drop(pipeline->output);
    weir_pl_room_free(pipeline->gate);
    weir_pl_room_free(pipeline);
}

/* ---- what is known of it ---- */

size_t weir_pipeline_explain(const weir_pipeline *pipeline, const weir_rt *rt, char *out,
                             size_t size)
{
    return weir_pl_plan_text(&pipeline->chains, rt ? weir_rt_driver(rt) : "-", out, size);
}

/* Chains that run one after the other hold the most of them. */
uint64_t weir_pipeline_memory_bytes(const weir_pipeline *pipeline)
{
    const struct pipeline *chains = &pipeline->chains;
    uint64_t most = 0;

    for (size_t i = 0, n; i < chains->n; i += n) {
        uint64_t bytes = 0;
        n = weir_pl_together(chains, i);
        for (size_t k = 0; k < n; k++)
            bytes = weir_pl_bytes_sum(bytes, chains->chains[i + k].memory_bytes);
        most = bytes > most ? bytes : most;
    }
    return weir_pl_bytes_sum(most, pipeline->given_bytes);
}
