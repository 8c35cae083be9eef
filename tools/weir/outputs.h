/* outputs.h: the files that are being written, so that a source which is one of them is noticed
 * when it is opened: it would be read and added to at once, and never end. */
#ifndef TOOL_OUTPUTS_H
#define TOOL_OUTPUTS_H

#include <sys/stat.h>

#include "pipeline/pipeline.h"
#include "progress.h"

enum { OUTPUTS_MAX = 8 };

struct outputs {
    weir_sys sys; /* goes to the runtime; must stay where it is */
    struct {
        int fd;
        struct stat about;
    } open[OUTPUTS_MAX];
    size_t n;
    const struct chain *chains; /* that run */
    size_t chains_n;
    struct progress *shared; /* its line stands where the results go; NULL: somewhere else */
    bool looked;             /* at all of its sources */
    const char *clash;       /* the one of them that is an output */
    struct {
        char name[256]; /* of what has not got its own yet; "": nothing */
        int dir;
    } hidden[OUTPUTS_MAX];
    int not_set_back; /* standard input: the errno */
    bool told;        /* that */
};

void outputs_init(struct outputs *outputs);
/* Before chains run, n at once: nothing is open. */
void outputs_begin(struct outputs *outputs, const struct chain *chains, size_t n,
                   struct progress *progress);

/* Warns, once, that what was not used of standard input could not be given back. */
void outputs_tell(struct outputs *outputs);

/* Removes the hidden files that are being written, for memory_on_end(). */
void outputs_clear(void *outputs);

/* What an open of a source that is an output fails with, and what that means. */
bool outputs_is_refusal(const weir_error *error);
void outputs_explain(const struct outputs *outputs, weir_error *error);

#endif
