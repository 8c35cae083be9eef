/* allow.h: what a text may reach (weir/pipeline.h). */
#ifndef PIPELINE_ALLOW_H
#define PIPELINE_ALLOW_H

#include "pipeline/note.h"
#include "weir/pipeline.h"

enum {
    ALLOW_ALL =
        WEIR_ALLOW_READ | WEIR_ALLOW_WRITE | WEIR_ALLOW_NET | WEIR_ALLOW_EXEC | WEIR_ALLOW_BROKERS,
    ALLOW_BROKER =
        WEIR_ALLOW_BROKERS | WEIR_ALLOW_NET | WEIR_ALLOW_READ /* files of settings and secrets */
};

/* Asked before anything is looked at. false: the host was told that this word reaches too far. */
bool weir_pl_allow_reach(const struct words *words, size_t word, unsigned reach);

#endif
