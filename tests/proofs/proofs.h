/* What the proofs share: runs that must be refused, and programs that must be ended. Each proof is
 * a program that once showed a defect, and begins with the sentence that must hold. */
#ifndef WEIR_TESTS_PROOFS_H
#define WEIR_TESTS_PROOFS_H

#include "../driver/rig.h"
#include "doubles.h"

#include <signal.h>
#include <sys/wait.h>

/* The error has this code, and the words stand in its text: message, place, trail or cure. */
static inline void proof_says(const weir_error *error, weir_code code, const char *words)
{
    const char *text = WEIR_ERROR_TEXT(error);
    if (error->code != code || !strstr(text, words))
        fail_msg("wanted code %d and '%s', got code %d: %s", code, words, error->code, text);
}

/* The future runs into this error, whatever *out was to be. */
static inline void proof_fails(weir_stream *future, weir_code code, const char *words)
{
    weir_error error;
    if (weir_run(future, NULL, &error) != WEIR_ERROR)
        fail_msg("it ran; wanted an error that says '%s'", words);
    proof_says(&error, code, words);
}

/* The future runs, and this is its number. */
static inline void proof_counts(weir_stream *future, uint64_t wanted)
{
    uint64_t n = 0;
    weir_error error;
    if (weir_run(future, &n, &error) != WEIR_READY)
        fail_msg("wanted %llu, got: %s", (unsigned long long)wanted, WEIR_ERROR_TEXT(&error));
    assert_int_equal(n, wanted);
}

/* What act() does ends the program with this sentence on stderr. */
static inline bool proof_dies(void (*act)(void *arg), void *arg, const char *sentence)
{
    int ends[2];
    char said[512] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        act(arg);
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    ssize_t got;
    while (n < sizeof said - 1 && (got = read(ends[0], said + n, sizeof said - 1 - n)) > 0)
        n += (size_t)got;
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    bool died = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(said, sentence);
    if (!died)
        print_message("status %#x, said: %s\n", (unsigned)status, said);
    return died;
}

/* For what only builds that assert the contract can see. */
static inline void proof_of_checks(void)
{
#if !defined(WEIR_CHECKS) || !WEIR_CHECKS
    skip();
#endif
}

#endif
