/* What a program that was killed may have left behind the last whole member of a compressed file
 * (a frame, a stream). Where one ends is known to who decompresses it: so all of it is read, some
 * at a time. */
#ifndef WEIR_IO_CUT_MEMBERS_H
#define WEIR_IO_CUT_MEMBERS_H

#include "weir/codec.h"
#include "weir/sys.h"

struct weir_cut_members {
    const weir_codec *codec; /* a decompressor of weir/compress.h */
    void *state;             /* NULL: no member is open */
    unsigned char *blocks;   /* what is read, and what is made of it */
    weir_span in;            /* what is left of the first */
    uint64_t read;           /* bytes */
    uint64_t whole;          /* members end there */
    bool over;               /* all is read */
};

/* Reads a MiB or so. MORE: call again. DONE: the file ends behind a member. BAD: error was set,
 * its byte counted from the file's first; a system's with its number. */
weir_codec_state weir_cut_members(struct weir_cut_members *self, const weir_sys *sys, int fd,
                                  weir_error *error);

/* At any time. */
void weir_cut_members_fini(struct weir_cut_members *self);

/* The most it holds. */
size_t weir_cut_members_memory_max(const weir_codec *codec);

#endif
