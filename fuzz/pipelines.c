/* The command against its peers, over random pipelines.
 *
 *     pipelines [-t SECONDS] [-s SEED [-n CASES]] WEIR
 *
 * Draws cases until the time is over, or so many; each from a seed of its own, one after the other
 * from SEED. `-s SEED` alone is that one case. The first mismatch ends it with exit code 1, and its
 * inputs stay in a directory that is named. What the peers are, and where weir is not as they are,
 * stands in peers.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

enum { WAYS = 2 }; /* that a case is run in */

struct fuzz {
    const char *command;
    bool uring;
    uint64_t seed; /* of the case at hand */
    uint64_t failures;
    char directory[64];
};

struct trial {
    struct inputs inputs;
    struct chain chain;
    struct bytes all; /* of the inputs */
    struct wanted wanted;
    struct bytes raw; /* what a run gave that did not fail, still compressed */
    bool has_raw;
};

/* ---- what is wrong ---- */

/* The way may be NULL: the peers do not agree. */
_Noreturn static void report(const struct fuzz *fuzz, const struct trial *trial,
                             const struct way *way, const char *what)
{
    printf("seed %llu: %s\n", (unsigned long long)fuzz->seed, what);
    if (way) {
        fputs("  weir:   ", stdout);
        command_print(stdout, &trial->inputs, &trial->chain, way);
        puts("");
    }
    fputs("  peers:  cat", stdout);
    for (size_t i = 0; i < trial->inputs.n; i++)
        printf(" in%zu.bin", i);
    peers_print(stdout, &trial->chain);
    printf("\n  inputs: %s\n  again:  make fuzz SEED=%llu\n", fuzz->directory,
           (unsigned long long)fuzz->seed);
    exit(1);
}

/* ---- judging one run ---- */

struct judge {
    const struct fuzz *fuzz;
    struct trial *trial;
    const struct way *way;
    struct ran *ran;
    const struct wanted *wanted;
    bool failed;
    char what[200]; /* is wrong */
};

static bool wrong(struct judge *judge, const char *what)
{
    snprintf(judge->what, sizeof judge->what, "%s", what);
    return false;
}

static size_t first_difference(const struct bytes *a, const struct bytes *b)
{
    size_t i = 0;
    while (i < a->n && i < b->n && a->at[i] == b->at[i])
        i++;
    return i;
}

static bool are_wanted(struct judge *judge, const char *name, const struct bytes *got)
{
    const struct wanted *wanted = judge->wanted;
    bool less = judge->failed && (wanted->loose || wanted->wraps);
    if ((less && bytes_begin(&wanted->content, got)) || bytes_same(got, &wanted->content) ||
        (wanted->later && bytes_begin(got, &wanted->content)))
        return true;
    snprintf(judge->what, sizeof judge->what,
             "%s differs at byte %zu: %zu bytes, where the peers give %zu", name,
             first_difference(got, &wanted->content), got->n, wanted->content.n);
    return false;
}

/* After a failure a file is absent, or the old one. */
static bool is_file_wanted(struct judge *judge)
{
    struct ran *ran = judge->ran;
    if (!judge->failed)
        return are_wanted(judge, "the file", &ran->out);
    if (ran->is_there != judge->way->is_old)
        return wrong(judge, "a file was made, or is gone, though it failed");
    if (ran->out.n)
        return wrong(judge, "the file was changed, though it failed");
    if (!judge->way->partial || (!ran->is_partial && !judge->wanted->content.n))
        return true;
    return are_wanted(judge, "FILE.partial", &ran->kept);
}

static bool is_status_wanted(struct judge *judge)
{
    const struct wanted *wanted = judge->wanted;
    char what[100];
    if (judge->ran->status == wanted->fails ||
        (judge->ran->status == 0 && (wanted->or_not || wanted->later)))
        return true;
    snprintf(what, sizeof what, "exit code %d, not %d", judge->ran->status, wanted->fails);
    return wrong(judge, what);
}

static bool is_wanted(struct judge *judge, const struct wanted *wanted)
{
    judge->wanted = wanted;
    if (!is_status_wanted(judge))
        return false;
    switch (judge->way->leaving) {
    case LEAVE_NULL:
        return true;
    case LEAVE_SINK:
        return is_file_wanted(judge);
    case LEAVE_APPEND:
        return are_wanted(judge, "the file", &judge->ran->out);
    default:
        return are_wanted(judge, "standard output", &judge->ran->out);
    }
}

/* What is wrong whatever the peers say. */
static bool is_decent(struct judge *judge)
{
    const struct ran *ran = judge->ran;
    struct bytes weir = {(unsigned char *)(uintptr_t) "weir: ", 6, 0};
    bool to_file = judge->way->leaving == LEAVE_SINK || judge->way->leaving == LEAVE_APPEND;
    if (ran->overdue)
        return wrong(judge, "it does not end");
    if (!judge->failed && ran->said.n)
        return wrong(judge, "it says something");
    if (judge->failed && !bytes_begin(&ran->said, &weir))
        return wrong(judge, "it fails and does not say why");
    if (ran->stray[0] || (ran->is_partial && !(judge->failed && judge->way->partial)))
        return wrong(judge, "a file was left behind that nobody named");
    if (to_file && !judge->failed && !ran->is_there)
        return wrong(judge, "the file is not there");
    return true;
}

/* Takes off what was there before. */
static bool strip_old(struct judge *judge)
{
    struct bytes *got = &judge->ran->out;
    struct bytes old = {(unsigned char *)(uintptr_t)OLD, strlen(OLD), 0};
    enum leaving leaving = judge->way->leaving;
    bool kept = leaving == LEAVE_FILE || leaving == LEAVE_APPEND ||
                (leaving == LEAVE_SINK && judge->failed);
    if (!kept || !judge->way->is_old)
        return true;
    if (!bytes_begin(got, &old))
        return wrong(judge, "what was there before has changed");
    got->n -= old.n;
    memmove(got->at, got->at + old.n, got->n);
    return true;
}

static bool is_as_before(struct judge *judge)
{
    struct trial *trial = judge->trial;
    const struct bytes *got = &judge->ran->out;
    if (judge->failed || judge->way->leaving == LEAVE_NULL)
        return true;
    if (trial->has_raw && !bytes_same(&trial->raw, got))
        return wrong(judge, "it gives other bytes than in another run");
    if (!trial->has_raw)
        bytes_add(&trial->raw, got->at, got->n);
    trial->has_raw = true;
    return true;
}

static bool unwrap(struct judge *judge, struct bytes *got)
{
    static const char *const words[] = {"gzip", "-dc", NULL};
    bool fine = true;
    unsigned wraps = judge->way->leaving == LEAVE_NULL ? 0 : judge->trial->wanted.wraps;
    for (unsigned i = 0; i < wraps; i++) {
        struct bytes made = {NULL, 0, 0};
        fine &= peer_run(words, got, &made) == 0;
        bytes_drop(got);
        *got = made;
    }
    return fine || judge->failed || wrong(judge, "gzip -d does not take what was compressed");
}

/* Where a member has no end, as much may lack as ISA-L does not look at. */
static bool is_wanted_with_less(struct judge *judge)
{
    bool found = false;
    for (size_t lacks = 1; lacks <= CUT_LACKS_MAX && !found; lacks++) {
        struct wanted less;
        peers_ask(&judge->trial->chain, &judge->trial->all, lacks, &less);
        found = is_wanted(judge, &less);
        wanted_drop(&less);
    }
    return found;
}

static void judge_run(struct judge *judge)
{
    const struct wanted *wanted = &judge->trial->wanted;
    judge->failed = judge->ran->status != 0;
    bool fine = is_decent(judge) && strip_old(judge) && is_as_before(judge) &&
                unwrap(judge, &judge->ran->out) &&
                (!judge->failed || unwrap(judge, &judge->ran->kept)) &&
                (is_wanted(judge, wanted) || (wanted->is_cut && is_wanted_with_less(judge)));
    if (fine)
        return;
    bytes_to_file(&judge->ran->out, "got.bin");
    bytes_to_file(&wanted->content, "wanted.bin");
    report(judge->fuzz, judge->trial, judge->way, judge->what);
}

/* ---- cases ---- */

static void lay_inputs(const struct inputs *inputs, struct bytes *all)
{
    char name[NUMBER_BYTES];
    for (size_t i = 0; i < inputs->n; i++) {
        snprintf(name, sizeof name, "in%zu.bin", i);
        bytes_to_file(&inputs->source[i], name);
        bytes_add(all, inputs->source[i].at, inputs->source[i].n);
    }
}

static void run_ways(struct fuzz *fuzz, struct trial *trial, struct draw *draw)
{
    for (int i = 0; i < WAYS; i++) {
        struct way way;
        way_draw(&way, &trial->inputs, fuzz->uring, draw);
        struct ran ran = command_run(fuzz->command, &trial->inputs, &trial->chain, &way);
        struct judge judge = {.fuzz = fuzz, .trial = trial, .way = &way, .ran = &ran};
        judge_run(&judge);
        ran_drop(&ran);
    }
}

static void run_case(struct fuzz *fuzz, uint64_t seed)
{
    struct draw draw = {seed};
    struct trial trial = {.has_raw = false};
    fuzz->seed = seed;
    inputs_draw(&trial.inputs, &draw);
    chain_draw(&trial.chain, &trial.inputs, &draw);
    lay_inputs(&trial.inputs, &trial.all);
    const char *why = peers_ask(&trial.chain, &trial.all, 0, &trial.wanted);
    if (why)
        report(fuzz, &trial, NULL, why);
    fuzz->failures += trial.wanted.fails;
    run_ways(fuzz, &trial, &draw);
    inputs_drop(&trial.inputs);
    wanted_drop(&trial.wanted);
    bytes_drop(&trial.raw);
    bytes_drop(&trial.all);
}

/* A build or a machine without io_uring has one driver to try. */
static bool can_uring(const char *command)
{
    pid_t child = fork();
    int status;
    if (child == 0) {
        setenv("WEIR_DRIVER", "uring", 1);
        freopen("/dev/null", "w", stderr);
        execl(command, command, "/dev/null", "!", "null", (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void leave_no_trace(const struct fuzz *fuzz)
{
    static const char *const names[] = {"in0.bin", "in1.bin", "in2.bin", "out", "err"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    if (chdir("/") || rmdir(fuzz->directory))
        give_up(fuzz->directory);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The seeds of a run are small numbers, to be read aloud. */
static uint64_t some_seed(void)
{
    struct draw draw = {(uint64_t)time(NULL) << 20 ^ (uint64_t)getpid()};
    return 1000 * (1 + draw_below(&draw, 100000000));
}

static uint64_t run(struct fuzz *fuzz, uint64_t seed, uint64_t cases, double seconds)
{
    double end = now_s() + seconds;
    uint64_t n = 0;
    while (n < cases && now_s() < end)
        run_case(fuzz, seed + n++);
    return n;
}

static void enter_directory(struct fuzz *fuzz)
{
    const char *above = getenv("TMPDIR");
    snprintf(fuzz->directory, sizeof fuzz->directory, "%.40s/weir-fuzz-XXXXXX",
             above && *above ? above : "/tmp");
    if (!mkdtemp(fuzz->directory) || chdir(fuzz->directory))
        give_up(fuzz->directory);
}

static int usage(void)
{
    fputs("usage: pipelines [-t SECONDS] [-s SEED [-n CASES]] WEIR\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    double seconds = 0;
    uint64_t seed = 0, cases = 0;
    bool seeded = false;
    for (int option; (option = getopt(argc, argv, "t:s:n:")) != -1;) {
        if (option == 't')
            seconds = atof(optarg);
        else if (option == 's')
            seed = strtoull(optarg, NULL, 10), seeded = true;
        else if (option == 'n')
            cases = strtoull(optarg, NULL, 10);
        else
            return usage();
    }
    if (optind + 1 != argc)
        return usage();
    struct fuzz fuzz = {.command = realpath(argv[optind], NULL)};
    if (!fuzz.command)
        give_up(argv[optind]);
    seed = seeded ? seed : some_seed();
    cases = cases ? cases : seeded && seconds == 0 ? 1 : UINT64_MAX;
    setenv("LC_ALL", "C", 1);
    fuzz.uring = can_uring(fuzz.command);
    enter_directory(&fuzz);
    printf("seeds from %llu, %s\n", (unsigned long long)seed,
           fuzz.uring ? "uring and epoll" : "epoll");
    fflush(stdout);
    uint64_t n = run(&fuzz, seed, cases, seconds > 0 ? seconds : 1e9);
    leave_no_trace(&fuzz);
    printf(
        "%llu pipelines, each in %d ways, as their peers have it; %llu of them fail, as they do\n",
        (unsigned long long)n, WAYS, (unsigned long long)fuzz.failures);
    return 0;
}
