/* Outputs: a table of system calls that looks at files when they are opened or first asked about.
 */
#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

enum { REFUSAL = EDEADLK }; /* no open and no fstat of a file gives it */

static struct outputs *outputs_of(const weir_sys *sys)
{
    return WEIR_CONTAINER(sys, struct outputs, sys);
}

static bool is_stdout(const struct outputs *outputs, const struct stat *about)
{
    struct stat out;

    for (size_t i = 0; i < outputs->chains_n; i++)
        if (weir_pl_sink_is_stdout(weir_pl_chain_sink(&outputs->chains[i])))
            return fstat(STDOUT_FILENO, &out) == 0 && weir_pl_same_file(&out, about);
    return false;
}

static bool is_written(const struct outputs *outputs, const struct stat *about)
{
    for (size_t i = 0; i < outputs->n; i++)
        if (weir_pl_same_file(&outputs->open[i].about, about))
            return true;
    return is_stdout(outputs, about);
}

/* An empty one, or one that was read to its end, has nothing that could come back. */
static bool would_come_back(const struct outputs *outputs, int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && is_written(outputs, &about) &&
           lseek(fd, 0, SEEK_CUR) < about.st_size;
}

static bool is_known(const struct outputs *outputs, int fd)
{
    for (size_t i = 0; i < outputs->n; i++)
        if (outputs->open[i].fd == fd)
            return true;
    return false;
}

static void remember(struct outputs *outputs, int fd, const struct stat *about)
{
    if (outputs->n == OUTPUTS_MAX || !S_ISREG(about->st_mode) || is_known(outputs, fd))
        return;
    outputs->open[outputs->n].fd = fd;
    outputs->open[outputs->n++].about = *about;
}

static bool is_for_writing(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/* A source that is an output, or NULL. */
static const char *comes_back(const struct outputs *outputs, const struct node *source)
{
    struct stat about;

    if (source->path)
        return stat(source->path, &about) == 0 && S_ISREG(about.st_mode) && about.st_size &&
                       is_written(outputs, &about)
                   ? source->path
                   : NULL;
    return source->entry == &weir_pl_entry_stdin && would_come_back(outputs, STDIN_FILENO)
               ? "standard input"
               : NULL;
}

/* The sink is open before the first source is. So what is an output already is known then, also of
 * later sources, and nothing is lost yet. */
static bool one_comes_back(struct outputs *outputs)
{
    if (outputs->looked)
        return false;
    outputs->looked = true;
    for (size_t c = 0; c < outputs->chains_n; c++)
        for (size_t i = 0; i < outputs->chains[c].sources; i++) {
            const char *name = comes_back(outputs, &outputs->chains[c].nodes[i]);
            outputs->clash = name ? name : outputs->clash;
        }
    return outputs->clash;
}

static void remember_hidden(struct outputs *outputs, int dir, const char *name)
{
    for (size_t i = 0; i < OUTPUTS_MAX; i++)
        if (!outputs->hidden[i].name[0]) {
            outputs->hidden[i].dir = dir;
            snprintf(outputs->hidden[i].name, sizeof outputs->hidden[i].name, "%s", name);
            return;
        }
}

static int outputs_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    struct outputs *outputs = outputs_of(sys);
    struct stat about;
    int fd = sys->base->open(sys->base, dir, path, flags, mode);

    if (fd < 0 || flags & (O_PATH | O_DIRECTORY))
        return fd;
    if (flags & O_CREAT && flags & O_EXCL)
        remember_hidden(outputs, dir, path);
    if ((flags & O_ACCMODE) != O_RDONLY && fstat(fd, &about) == 0)
        remember(outputs, fd, &about);
    else if (one_comes_back(outputs) || would_come_back(outputs, fd)) {
        sys->base->close(sys->base, fd);
        return -REFUSAL;
    }
    return fd;
}

static int outputs_close(const weir_sys *sys, int fd)
{
    struct outputs *outputs = outputs_of(sys);

    for (size_t i = 0; i < outputs->n; i++)
        if (outputs->open[i].fd == fd) {
            outputs->open[i] = outputs->open[--outputs->n];
            break;
        }
    return sys->base->close(sys->base, fd);
}

static void forget_hidden(struct outputs *outputs, const char *name)
{
    for (size_t i = 0; i < OUTPUTS_MAX; i++)
        if (!strcmp(outputs->hidden[i].name, name))
            outputs->hidden[i].name[0] = 0;
}

static int outputs_rename(const weir_sys *sys, int dir, const char *from, const char *to)
{
    int error = sys->base->rename(sys->base, dir, from, to);

    if (!error)
        forget_hidden(outputs_of(sys), from);
    return error;
}

static int outputs_unlink(const weir_sys *sys, int dir, const char *name)
{
    forget_hidden(outputs_of(sys), name);
    return sys->base->unlink(sys->base, dir, name);
}

void outputs_clear(void *arg)
{
    struct outputs *outputs = arg;

    for (size_t i = 0; i < OUTPUTS_MAX; i++) {
        if (outputs->hidden[i].name[0])
            unlinkat(outputs->hidden[i].dir, outputs->hidden[i].name, 0);
        outputs->hidden[i].name[0] = 0;
    }
}

/* Standard input is set back to what was used of it; that is no failure of the chain. */
static int64_t outputs_seek(const weir_sys *sys, int fd, int64_t offset, int whence)
{
    int64_t at = sys->base->seek(sys->base, fd, offset, whence);

    if (at < 0 && fd == STDIN_FILENO)
        outputs_of(sys)->not_set_back = (int)-at;
    return at;
}

/* What is open already is asked about before it is used: standard input, or a descriptor of ours
 * that a sink has the name of. */
static int outputs_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    struct outputs *outputs = outputs_of(sys);

    if (fd == STDIN_FILENO && (one_comes_back(outputs) || would_come_back(outputs, fd)))
        return -REFUSAL;
    int error = sys->base->fstat(sys->base, fd, out);
    if (!error && fd != STDIN_FILENO && is_for_writing(fd))
        remember(outputs, fd, out);
    return error;
}

typedef int64_t write_fn(const weir_sys *sys, int fd, const void *bytes, size_t n);

/* Results and progress in one terminal take turns. */
static int64_t take_turns(struct progress *shared, write_fn *write, const weir_sys *base, int fd,
                          const void *bytes, size_t n)
{
    if (!shared)
        return write(base, fd, bytes, n);
    progress_hide(shared);
    int64_t done = write(base, fd, bytes, n);
    progress_shared(shared, bytes, done > 0 ? (size_t)done : 0);
    return done;
}

static int64_t outputs_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    return take_turns(outputs_of(sys)->shared, sys->base->write, sys->base, fd, bytes, n);
}

static int64_t outputs_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    return take_turns(outputs_of(sys)->shared, sys->base->write_now, sys->base, fd, bytes, n);
}

void outputs_begin(struct outputs *outputs, const struct chain *chains, size_t n,
                   struct progress *progress)
{
    outputs->shared = progress_shares(progress, chains, n) ? progress : NULL;
    outputs->n = 0;
    outputs->chains = chains;
    outputs->chains_n = n;
    outputs->looked = false;
    outputs->clash = NULL;
}

void outputs_init(struct outputs *outputs)
{
    *outputs = (struct outputs){0};
    weir_sys_wrap(&outputs->sys, NULL);
    outputs->sys.open = outputs_open;
    outputs->sys.close = outputs_close;
    outputs->sys.fstat = outputs_fstat;
    outputs->sys.rename = outputs_rename;
    outputs->sys.unlink = outputs_unlink;
    outputs->sys.seek = outputs_seek;
    outputs->sys.write = outputs_write;
    outputs->sys.write_now = outputs_write_now;
}

void outputs_tell(struct outputs *outputs)
{
    if (outputs->not_set_back && !outputs->told)
        report_plain("who reads it next finds less than was left",
                     "standard input: cannot give back what was not used: %s",
                     weir_pl_text_reason(outputs->not_set_back));
    outputs->told |= outputs->not_set_back != 0;
}

bool outputs_is_refusal(const weir_error *error)
{
    return error->code == WEIR_E_SYSTEM && error->number == REFUSAL;
}

void outputs_explain(const struct outputs *outputs, weir_error *error)
{
    if (outputs->clash)
        snprintf(error->place, sizeof error->place, "%s", outputs->clash);
    snprintf(error->message, sizeof error->message, "this input is the output too");
    error->cure = "write to another file";
    error->byte = WEIR_NOWHERE;
}
