/* The job log: a header and a row a command, each written at once when it ended. */
#include "pipeline/job_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/sigpipe.h"
#include "pipeline/room.h"

static const char header[] =
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
enum { COLUMN_EXITVAL = 6, COLUMN_SIGNAL, COLUMN_COMMAND };

/* Two words, so that no command is taken for another one. */
static struct job_hash hash_of(const char *command)
{
    struct job_hash hash = {{UINT64_C(0xCBF29CE484222325), UINT64_C(0x9E3779B97F4A7C15)}};

    for (; *command; command++) {
        unsigned char c = *command == '\n' ? 0 : (unsigned char)*command; /* as rows have it */
        hash.word[0] = (hash.word[0] ^ c) * UINT64_C(0x100000001B3);
        hash.word[1] = (hash.word[1] + c) * UINT64_C(0xBF58476D1CE4E5B9);
        hash.word[1] ^= hash.word[1] >> 29;
    }
    return hash;
}

static int compare(const void *a, const void *b)
{
    const struct job_hash *x = a, *y = b;

    for (int i = 0; i < 2; i++)
        if (x->word[i] != y->word[i])
            return x->word[i] < y->word[i] ? -1 : 1;
    return 0;
}

static int add_done(struct job_log *log, const char *command)
{
    if (log->n == JOB_LOG_DONE_MAX)
        return -E2BIG;
    if (log->n == log->room) {
        size_t room = log->room ? 2 * log->room : 64;
        struct job_hash *done =
            weir_resize(log->done, log->room * sizeof *done, room * sizeof *done);
        if (!done)
            return -ENOMEM;
        log->done = done;
        log->room = room;
    }
    log->done[log->n++] = hash_of(command);
    return 0;
}

/* A command with a newline has a NUL there, as GNU parallel writes it; the hash knows both. */
static int take_row(struct job_log *log, char *row, size_t n)
{
    char *column = row;

    if (!n || row[n - 1] != '\n')
        return 0; /* it was cut */
    row[n - 1] = 0;
    for (int i = 0; i < COLUMN_COMMAND; i++) {
        size_t width = strcspn(column, "\t");
        if (column[width] != '\t')
            return 0;
        if (i >= COLUMN_EXITVAL && (width != 1 || *column != '0'))
            return 0;
        column += width + 1;
    }
    for (char *at = column; at < row + n - 1; at++)
        *at = *at ? *at : '\n';
    return add_done(log, column);
}

static int read_rows(struct job_log *log, const char *path, bool *cut)
{
    FILE *file = fopen(path, "re");
    char *row = NULL;
    size_t room = 0;
    ssize_t n;
    int error = 0;

    *cut = false;
    if (!file)
        return errno == ENOENT ? 0 : -errno;
    while (!error && (n = getline(&row, &room, file)) > 0) {
        *cut = row[n - 1] != '\n';
        error = take_row(log, row, (size_t)n);
    }
    if (!error && ferror(file))
        error = -EIO;
    free(row); /* getline's */
    fclose(file);
    qsort(log->done, log->n, sizeof *log->done, compare);
    return error;
}

static int write_all(int fd, const char *text, size_t n)
{
    while (n) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done ? -errno : -EIO;
        text += done;
        n -= (size_t)done;
    }
    return 0;
}

/* It may be a pipe whose reader is gone. */
static int write_held(int fd, const char *text, size_t n)
{
    struct weir_sigpipe guard;

    weir_sigpipe_hold(&guard, &weir_sys_posix);
    int error = write_all(fd, text, n);
    weir_sigpipe_let(&guard, error == -EPIPE);
    return error;
}

int weir_pl_job_log_open(struct job_log *log, const char *path, bool resume)
{
    bool cut = false;
    int error = resume ? read_rows(log, path, &cut) : 0;

    if (error)
        return error;
    log->fd =
        open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (resume ? O_APPEND : O_TRUNC), 0666);
    if (log->fd < 0)
        return -errno;
    if (cut)
        return write_held(log->fd, "\n", 1);
    bool empty = !resume || lseek(log->fd, 0, SEEK_END) <= 0;
    return empty ? write_held(log->fd, header, sizeof header - 1) : 0;
}

bool weir_pl_job_log_has(const struct job_log *log, const char *command)
{
    struct job_hash hash = hash_of(command);
    return log->n && bsearch(&hash, log->done, log->n, sizeof hash, compare);
}

/* In one write, so that a row is there whole. */
int weir_pl_job_log_write(const struct job_log *log, const struct job_row *row)
{
    const struct result *result = row->result;
    size_t size = 160 + strlen(row->command);
    char *text = weir_pl_room_zeroed(size, 1);

    if (!text)
        return -ENOMEM;
    int head = snprintf(text, size, "%llu\t:\t%.3f\t%10.3f\t0\t%zu\t%d\t%d\t",
                        (unsigned long long)row->seq, row->start, row->seconds, result->output.size,
                        result->signo ? 0 : result->code, result->signo);
    char *command = text + head;
    size_t n = strlen(row->command);
    memcpy(command, row->command, n);
    for (char *at = command; (at = memchr(at, '\n', n - (size_t)(at - command)));)
        *at = 0;
    command[n] = '\n';
    int error = write_held(log->fd, text, (size_t)head + n + 1);
    weir_pl_room_free(text);
    return error;
}

void weir_pl_job_log_close(struct job_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    if (log->done)
        weir_release(log->done, log->room * sizeof *log->done);
    *log = (struct job_log){.fd = -1};
}
