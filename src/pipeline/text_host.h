/* text_host.h: who asked for a pipeline of a text (weir/pipeline.h). */
#ifndef PIPELINE_TEXT_HOST_H
#define PIPELINE_TEXT_HOST_H

#include "pipeline/note.h"
#include "pipeline/pipeline.h"
#include "weir/pipeline.h"

struct weir_pipeline {
    struct host host;
    struct words words;
    struct pipeline chains;
    weir_reader *input;   /* until it is built in; NULL: it was, or there is none */
    weir_writer *output;  /* ... */
    uint64_t given_bytes; /* the most that the two may hold */
    bool runs;            /* it is built to be run, and not to be measured */
    bool parsed;          /* what is told from now on is news */
    bool failed;          /* something is wrong: `note` says what */
    weir_note note;
    void (*on_note)(void *arg, const weir_note *note);
    void *arg;
    struct gate *gate; /* of the chains that run */
};

static inline weir_pipeline *weir_pl_of(const struct words *words)
{
    return WEIR_CONTAINER(words->host, weir_pipeline, host);
}

/* text_ends.c: what '-' is, and the end of a chain that names none. */
extern const struct entry weir_pl_entry_input, weir_pl_entry_output, weir_pl_entry_open_end;

#endif
