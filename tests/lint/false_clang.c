/* A libclang that does what FALSE_CLANG says, and understands no file: what a compiler that goes
 * wrong does to the command. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#pragma GCC visibility push(default)
#include "clang.h"

CXString clang_getClangVersion(void)
{
    return (CXString){.data = "no version"};
}

const char *clang_getCString(CXString text)
{
    return text.data;
}

void clang_disposeString(CXString text)
{
    (void)text;
}

CXIndex clang_createIndex(int exclude, int display)
{
    static int index;
    (void)exclude, (void)display;
    return &index;
}

/* More than a file may have to say, to whoever listens. */
static void talk(void)
{
    static char much[1 << 16];
    signal(SIGPIPE, SIG_IGN);
    for (int fd = 3; fd < 32; fd++)
        for (int i = 0; i < 4096 && write(fd, much, sizeof much) > 0; i++)
            ;
}

enum CXErrorCode clang_parseTranslationUnit2(CXIndex index, const char *file,
                                             const char *const *words, int n,
                                             struct CXUnsavedFile *unsaved, unsigned unsaved_n,
                                             unsigned how, CXTranslationUnit *out)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"dies", SIGSEGV}, {"computes", SIGXCPU}, {"waits", SIGALRM}};
    const char *what = getenv("FALSE_CLANG");
    (void)index, (void)file, (void)words, (void)n, (void)unsaved, (void)unsaved_n, (void)how;

    *out = NULL;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!strcmp(what, signals[i].name))
            raise(signals[i].number);
    if (!strcmp(what, "exits"))
        _exit(7);
    if (!strcmp(what, "is silent"))
        _exit(0);
    if (!strcmp(what, "talks"))
        talk();
    if (!strcmp(what, "is slow"))
        nanosleep(&(struct timespec){0, 300000000}, NULL);
    if (!strcmp(what, "crashes"))
        return CXError_Crashed;
    return strcmp(what, "refuses") ? CXError_Failure : CXError_InvalidArguments;
}
