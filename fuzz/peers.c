/* Peers: what comes out of a chain by gzip, grep, head, tail and wc, one stage after the other.
 *
 * Two things they do not do, and they are done here, as simply as can be: `lines` takes the CR
 * before a newline away and knows a longest line; and of damaged input weir gives all that stands
 * before the damage, where gzip gives less or, now and then, more. What zlib gives is that. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "fuzz.h"

enum { LINE_BYTES_MAX = 1 << 20, HEAD_LINES = 10, PEER_WORDS_MAX = 6 };

/* ---- running one ---- */

static int memory_file(const struct bytes *bytes)
{
    int fd = memfd_create("peer", MFD_CLOEXEC);
    if (fd < 0)
        give_up("memfd_create");
    for (size_t at = 0; bytes && at < bytes->n;) {
        ssize_t n = write(fd, bytes->at + at, bytes->n - at);
        if (n <= 0)
            give_up("a write to memory");
        at += (size_t)n;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

_Noreturn static void be(const char *const *words, int in, int out)
{
    int null = open("/dev/null", O_WRONLY);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

static void read_all(int fd, struct bytes *to)
{
    unsigned char block[16384];
    ssize_t n;
    lseek(fd, 0, SEEK_SET);
    while ((n = read(fd, block, sizeof block)) > 0)
        bytes_add(to, block, (size_t)n);
}

int peer_run(const char *const *words, const struct bytes *in, struct bytes *out)
{
    int from = memory_file(in), to = memory_file(NULL), status;
    pid_t child = fork();
    if (child < 0)
        give_up("fork");
    if (child == 0)
        be(words, from, to);
    if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
        give_up(words[0]);
    read_all(to, out);
    close(from);
    close(to);
    return WEXITSTATUS(status);
}

/* ---- gunzip ---- */

enum outcome { WHOLE, DAMAGED, CUT, GAPS };

/* A block's code where some bits have no meaning: zlib and gzip refuse it, ISA-L goes on until such
 * bits come. */
static bool has_gaps(const char *message)
{
    return message && (strstr(message, " set") || strstr(message, "missing end-of-block"));
}

/* Gives all that stands before the damage. */
static enum outcome inflate_all(const struct bytes *in, struct bytes *out)
{
    unsigned char block[16384];
    z_stream z = {.next_in = in->at, .avail_in = (uInt)in->n};
    int answer = Z_OK;
    if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
        give_up("inflateInit2");
    do {
        z.next_out = block;
        z.avail_out = sizeof block;
        answer = inflate(&z, Z_NO_FLUSH);
        bytes_add(out, block, sizeof block - z.avail_out);
        if (answer == Z_STREAM_END && z.avail_in && *z.next_in) {
            inflateReset(&z);
            answer = Z_OK;
        }
    } while (answer == Z_OK);
    while (z.avail_in && !*z.next_in) { /* padding */
        z.next_in++;
        z.avail_in--;
    }
    bool gaps = answer == Z_DATA_ERROR && has_gaps(z.msg);
    inflateEnd(&z);
    if (answer == Z_BUF_ERROR || gaps)
        return gaps ? GAPS : CUT;
    return answer == Z_STREAM_END && !z.avail_in ? WHOLE : DAMAGED;
}

static void fail(struct wanted *wanted)
{
    wanted->fails = true;
    wanted->or_not = false;
}

/* Of what fails behind something that fails, little is sure. */
static void fail_to_gunzip(struct wanted *wanted, enum outcome outcome, size_t lacks)
{
    struct bytes *content = &wanted->content;
    wanted->loose |= wanted->fails;
    wanted->is_cut |= outcome == CUT;
    wanted->later |= outcome == GAPS;
    if (outcome == CUT)
        content->n -= lacks < content->n ? lacks : content->n;
    fail(wanted);
}

static const char *compare_peers(const struct bytes *zlib, enum outcome outcome,
                                 const struct bytes *gzip, bool gzip_is_fine)
{
    if (outcome != WHOLE && gzip_is_fine)
        return "zlib finds damage and gzip none";
    if (outcome == WHOLE && !gzip_is_fine)
        return "gzip finds damage and zlib none";
    bool agree = outcome == WHOLE ? bytes_same(zlib, gzip)
                                  : bytes_begin(zlib, gzip) || bytes_begin(gzip, zlib);
    return agree ? NULL : "gzip and zlib give different bytes";
}

static const char *gunzip(struct wanted *wanted, size_t lacks)
{
    static const char *const words[] = {"gzip", "-dc", NULL};
    struct bytes theirs = {NULL, 0, 0}, all = {NULL, 0, 0};
    if (wanted->wraps) {
        wanted->wraps--;
        wanted->loose |= wanted->fails;
        return NULL;
    }
    enum outcome outcome = inflate_all(&wanted->content, &all);
    bool fine = peer_run(words, &wanted->content, &theirs) == 0;
    const char *why = compare_peers(&all, outcome, &theirs, fine);
    bytes_drop(&theirs);
    bytes_drop(&wanted->content);
    wanted->content = all;
    if (outcome != WHOLE)
        fail_to_gunzip(wanted, outcome, lacks);
    return why;
}

/* ---- lines ---- */

/* Without a CR before the newline, with a newline at the end. False: a line is too long. */
static bool add_line(struct bytes *to, const unsigned char *line, size_t n, bool ended, size_t max)
{
    if (ended && n && line[n - 1] == '\r')
        n--;
    if (n > max)
        return false;
    bytes_add(to, line, n);
    bytes_add(to, "\n", 1);
    return true;
}

static void lines(struct wanted *wanted, size_t max)
{
    struct bytes made = {NULL, 0, 0};
    const struct bytes *in = &wanted->content;
    size_t begin = 0;
    bool short_enough = true;
    while (short_enough && begin < in->n) {
        const unsigned char *end = memchr(in->at + begin, '\n', in->n - begin);
        size_t n = end ? (size_t)(end - in->at) - begin : in->n - begin;
        if (!end && wanted->fails && !wanted->or_not)
            break; /* who knows whether it is whole */
        short_enough = add_line(&made, in->at + begin, n, end, max);
        begin += n + 1;
    }
    if (!short_enough)
        fail(wanted);
    bytes_drop(&wanted->content);
    wanted->content = made;
}

/* ---- the others ---- */

static size_t peer_words(const struct step *step, const char **words, char number[NUMBER_BYTES])
{
    unsigned long long n = step->number;
    size_t i = 0;
    switch (step->kind) {
    case STEP_GREP:
        words[i++] = "grep";
        words[i++] = step->invert ? "-vaF" : "-aF";
        words[i++] = "-e";
        words[i++] = step->text;
        break;
    case STEP_TAKE:
    case STEP_HEAD:
        n = step->kind == STEP_TAKE || step->given ? n : HEAD_LINES;
        snprintf(number, NUMBER_BYTES, "-n%llu", n);
        words[i++] = "head";
        words[i++] = number;
        break;
    case STEP_SKIP:
        snprintf(number, NUMBER_BYTES, "-n+%llu", n + 1);
        words[i++] = "tail";
        words[i++] = number;
        break;
    case STEP_COUNT:
        words[i++] = "wc";
        words[i++] = "-l";
        break;
    case STEP_GZIP:
        words[i++] = "gzip";
        break;
    case STEP_GUNZIP:
        words[i++] = "zcat";
        break;
    default:
        break;
    }
    words[i] = NULL;
    return i;
}

static void ask(const struct step *step, struct wanted *wanted)
{
    const char *words[PEER_WORDS_MAX + 1];
    char number[NUMBER_BYTES];
    struct bytes made = {NULL, 0, 0};
    peer_words(step, words, number);
    if (peer_run(words, &wanted->content, &made) > 1)
        give_up(words[0]);
    bytes_drop(&wanted->content);
    wanted->content = made;
}

/* Who has all that it takes does not learn what would have come behind it. */
static void take(const struct step *step, struct wanted *wanted)
{
    uint64_t n = step->kind == STEP_TAKE || step->given ? step->number : HEAD_LINES;
    ask(step, wanted);
    if (!wanted->fails || bytes_lines(&wanted->content) < n)
        return;
    wanted->or_not = wanted->loose && n;
    wanted->fails = wanted->or_not;
}

static const char *ask_step(const struct step *step, size_t lacks, struct wanted *wanted)
{
    switch (step->kind) {
    case STEP_LINES:
        lines(wanted, step->given ? (size_t)step->number : LINE_BYTES_MAX);
        break;
    case STEP_TAKE:
    case STEP_HEAD:
        take(step, wanted);
        break;
    case STEP_COUNT:
        ask(step, wanted);
        if (wanted->fails && !wanted->or_not)
            wanted->content.n = 0;
        break;
    case STEP_TO_LINES:
        break;
    case STEP_GZIP:
        wanted->wraps++;
        break;
    case STEP_GUNZIP:
        return gunzip(wanted, lacks);
    default:
        ask(step, wanted);
    }
    return NULL;
}

const char *peers_ask(const struct chain *chain, const struct bytes *input, size_t lacks,
                      struct wanted *wanted)
{
    const char *why = NULL;
    *wanted = (struct wanted){.wraps = 0};
    bytes_add(&wanted->content, input->at, input->n);
    for (size_t i = 0; i < chain->n && !why; i++)
        why = ask_step(&chain->step[i], lacks, wanted);
    return why;
}

void wanted_drop(struct wanted *wanted)
{
    bytes_drop(&wanted->content);
}

void peers_print(FILE *to, const struct chain *chain)
{
    for (const struct step *step = chain->step; step < chain->step + chain->n; step++) {
        const char *words[PEER_WORDS_MAX + 1];
        char number[NUMBER_BYTES];
        size_t n = peer_words(step, words, number);
        if (step->kind == STEP_LINES) /* but for a CR at the end of all, and the longest line */
            fputs(" | sed 's/\\r$//;$a\\'", to);
        for (size_t i = 0; i < n; i++) {
            fputs(i ? " " : " | ", to);
            print_word(to, words[i]);
        }
    }
}
