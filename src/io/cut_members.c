/* cut_members: a compressed file ends behind its last whole member. */

#include "io/cut_members.h"

#include <errno.h>
#include <string.h>

#include "weir/compress.h"
#include "weir/error.h"

enum { CUT_MEMBERS_BLOCK_BYTES = 64 << 10, STEPS = 64, CUT_MEMBERS_EINTR_MAX = 10000 };

/* What this program wrote it may read, whatever it asks for. */
static const weir_decompress_options options = {
    .size = sizeof options, .one = true, .window_max = UINT64_C(1) << 31, .memory_max = UINT64_MAX};

/* ---- the codec ---- */

static void cut_members_end_member(struct weir_cut_members *self)
{
    if (!self->state)
        return;
    if (self->codec->fini)
        self->codec->fini(self->state);
    weir_release(self->state, self->codec->state_size);
    self->state = NULL;
}

static bool cut_members_begin_member(struct weir_cut_members *self, weir_error *error)
{
    void *state = weir_allocate(self->codec->state_size);
    if (!state) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for %zu bytes of state",
                       self->codec->state_size);
        return false;
    }
    memset(state, 0, self->codec->state_size);
    if (self->codec->init(state, &options, error)) {
        self->state = state;
        return true;
    }
    weir_release(state, self->codec->state_size);
    return false;
}

/* ---- the file ---- */

static int64_t cut_members_read_some(struct weir_cut_members *self, const weir_sys *sys, int fd)
{
    int64_t got = -EINTR;
    for (int tries = 0; tries < CUT_MEMBERS_EINTR_MAX && got == -EINTR; tries++)
        got = sys->pread(sys, fd, self->blocks, CUT_MEMBERS_BLOCK_BYTES, self->read);
    if (got < 0)
        return got;
    self->in = (weir_span){.in = self->blocks, .in_n = (size_t)got};
    self->read += (uint64_t)got;
    self->over = !got;
    return got;
}

static int cut_members_cut(const weir_sys *sys, int fd, uint64_t size)
{
    int error = -EINTR;
    for (int tries = 0; tries < CUT_MEMBERS_EINTR_MAX && error == -EINTR; tries++)
        error = sys->truncate(sys, fd, size);
    return error;
}

static weir_codec_state fail_system(weir_error *error, int64_t number)
{
    weir_error_set(error, WEIR_E_SYSTEM, "the system says no");
    error->number = -number;
    return WEIR_CODEC_BAD;
}

/* ---- members ---- */

static weir_codec_state damaged(struct weir_cut_members *self, weir_error *error)
{
    uint64_t at = error->byte == WEIR_NOWHERE ? 0 : error->byte;
    if (error->code == WEIR_E_CORRUPT)
        error->cure = "another file: to one that is damaged nothing is appended";
    error->byte = self->whole + at;
    return WEIR_CODEC_BAD;
}

/* The file ends inside of a member: a part of it is none. */
static weir_codec_state cut_members_off(struct weir_cut_members *self, const weir_sys *sys, int fd,
                                        weir_error *error)
{
    int failed = cut_members_cut(sys, fd, self->whole);
    return failed ? fail_system(error, failed) : WEIR_CODEC_DONE;
}

static weir_codec_state cut_members_step(struct weir_cut_members *self, const weir_sys *sys, int fd,
                                         weir_error *error)
{
    if (!self->state && !cut_members_begin_member(self, error))
        return damaged(self, error);
    weir_input input = self->over ? WEIR_INPUT_LAST : WEIR_INPUT_MORE;
    self->in.out = self->blocks + CUT_MEMBERS_BLOCK_BYTES;
    self->in.out_n = CUT_MEMBERS_BLOCK_BYTES;
    error->code = WEIR_OK;
    weir_codec_state got = self->codec->step(self->state, &self->in, input, error);
    if (got == WEIR_CODEC_MORE)
        return got;
    if (got == WEIR_CODEC_BAD)
        return error->code == WEIR_E_TRUNCATED ? cut_members_off(self, sys, fd, error)
                                               : damaged(self, error);
    cut_members_end_member(self);
    self->whole = self->read - self->in.in_n;
    return WEIR_CODEC_MORE;
}

weir_codec_state weir_cut_members(struct weir_cut_members *self, const weir_sys *sys, int fd,
                                  weir_error *error)
{
    if (!self->blocks && !(self->blocks = weir_allocate(2 * (size_t)CUT_MEMBERS_BLOCK_BYTES))) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for blocks of %d bytes",
                       CUT_MEMBERS_BLOCK_BYTES);
        return WEIR_CODEC_BAD;
    }
    for (int i = 0; i < STEPS; i++) {
        int64_t read = self->in.in_n || self->over ? 0 : cut_members_read_some(self, sys, fd);
        if (read < 0)
            return fail_system(error, read);
        if (self->over && !self->state)
            return WEIR_CODEC_DONE;
        weir_codec_state got = cut_members_step(self, sys, fd, error);
        if (got != WEIR_CODEC_MORE)
            return got;
    }
    return WEIR_CODEC_MORE;
}

void weir_cut_members_fini(struct weir_cut_members *self)
{
    cut_members_end_member(self);
    if (self->blocks)
        weir_release(self->blocks, 2 * (size_t)CUT_MEMBERS_BLOCK_BYTES);
    *self = (struct weir_cut_members){.codec = NULL};
}

size_t weir_cut_members_memory_max(const weir_codec *codec)
{
    if (!codec)
        return 0;
    size_t more = codec->memory_max ? codec->memory_max(&options) : 0;
    return codec->state_size + more + 2 * (size_t)CUT_MEMBERS_BLOCK_BYTES;
}
