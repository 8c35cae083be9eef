/* fuzz.h: what the parts of the fuzzer share. A case is drawn from its seed alone: inputs, a chain
 * over them, and what its peers make of it; then the command must say the same, however the bytes
 * arrive and leave. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What is wrong with the fuzzer's own world (no memory, no grep): says so and exits with 2. */
_Noreturn void give_up(const char *what);

/* ---- draws ---- */

struct draw {
    uint64_t state;
};

uint64_t draw_bits(struct draw *draw);
size_t draw_below(struct draw *draw, size_t n); /* 0 to n-1; n is not 0 */
bool draw_percent(struct draw *draw, unsigned percent);
size_t draw_size(struct draw *draw); /* small ones far more often than large ones */

/* ---- bytes ---- */

struct bytes {
    unsigned char *at;
    size_t n;
    size_t room;
};

void bytes_add(struct bytes *bytes, const void *from, size_t n);
void bytes_drop(struct bytes *bytes); /* it is empty then */
struct bytes bytes_of_file(const char *path);
void bytes_to_file(const struct bytes *bytes, const char *path);
bool bytes_same(const struct bytes *a, const struct bytes *b);
bool bytes_begin(const struct bytes *whole, const struct bytes *beginning);
size_t bytes_lines(const struct bytes *bytes); /* newlines */

/* ---- inputs ---- */

enum { SOURCES_MAX = 3 };

struct inputs {
    struct bytes source[SOURCES_MAX];
    size_t n;
    unsigned depth;      /* how often they were compressed */
    bool damaged;        /* something was done to one of them */
    struct bytes sample; /* of the text that is in them */
};

void inputs_draw(struct inputs *inputs, struct draw *draw);
void inputs_drop(struct inputs *inputs);

/* ---- chains ---- */

enum step_kind {
    STEP_LINES,
    STEP_GREP,
    STEP_TAKE,
    STEP_SKIP,
    STEP_HEAD,
    STEP_COUNT,
    STEP_TO_LINES,
    STEP_GZIP,
    STEP_GUNZIP
};

enum { STEPS_MAX = 9, TEXT_BYTES = 48 };

struct step {
    enum step_kind kind;
    bool given; /* the number is */
    bool invert;
    uint64_t number;
    char text[TEXT_BYTES];
};

struct chain {
    struct step step[STEPS_MAX];
    size_t n;
};

void chain_draw(struct chain *chain, const struct inputs *inputs, struct draw *draw);

/* The words of a step after its `!`, for exec; *number is room for one that is made. */
enum { STEP_WORDS_MAX = 5, NUMBER_BYTES = 40 };
size_t step_words(const struct step *step, const char **words, char number[NUMBER_BYTES]);

/* A word for a shell. */
void print_word(FILE *to, const char *word);

/* ---- peers ---- */

/* What must come out of a chain. */
struct wanted {
    struct bytes content; /* inflated `wraps` times */
    unsigned wraps;
    bool fails;  /* exit code 1; the content is all that came before */
    bool or_not; /* or it has all that it needs before it fails */
    bool loose;  /* when it fails, less than the content may have come */
    bool is_cut; /* it fails since a member has no end */
    bool later;  /* it may go on for a while before it fails: gaps in a code */
};

/* ISA-L decodes up to three bytes at once, and none of them where the input ends among their bits:
 * so much may lack of what stands before a cut (weir/codec.h). */
enum { CUT_LACKS_MAX = 2 };

/* Asks the peers; `lacks` bytes are left out before a cut. Else, where they contradict each other,
 * why. */
const char *peers_ask(const struct chain *chain, const struct bytes *input, size_t lacks,
                      struct wanted *wanted);
void wanted_drop(struct wanted *wanted);

/* Runs a peer; its exit code. */
int peer_run(const char *const *words, const struct bytes *in, struct bytes *out);

/* The same as a pipeline of a shell, without its source. */
void peers_print(FILE *to, const struct chain *chain);

/* ---- runs ---- */

enum arriving { ARRIVE_NAMED, ARRIVE_FILE, ARRIVE_PIPE, ARRIVE_PIECES, ARRIVINGS };
enum leaving { LEAVE_FILE, LEAVE_PIPE, LEAVE_SINK, LEAVE_APPEND, LEAVE_NULL, LEAVINGS };

struct way {
    const char *driver;
    enum arriving arriving;
    enum leaving leaving;
    size_t unnamed; /* the source that is standard input, unless all are named */
    bool is_old;    /* where it goes to a file: there is one */
    bool partial;   /* partial=keep */
    bool durable;   /* no sync=no */
    bool dash;      /* standard output is said */
    uint64_t seed;  /* of pieces and pauses */
};

struct ran {
    int status; /* as a shell has it */
    bool overdue;
    bool is_there;       /* the file that it goes to */
    bool is_partial;     /* FILE.partial is there */
    struct bytes out;    /* standard output, or what the file holds */
    struct bytes kept;   /* FILE.partial */
    struct bytes said;   /* standard error */
    char stray[256 + 8]; /* another file that was left there */
};

extern const char OLD[]; /* what a file holds before */

void way_draw(struct way *way, const struct inputs *inputs, bool uring, struct draw *draw);

/* Runs the command in the current directory, where in0.bin and so on are. */
struct ran command_run(const char *command, const struct inputs *inputs, const struct chain *chain,
                       const struct way *way);
void command_print(FILE *to, const struct inputs *inputs, const struct chain *chain,
                   const struct way *way);
void ran_drop(struct ran *ran);

#endif
