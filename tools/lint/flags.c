/* Flags: a list of those that matter; all others are left out, since what one compiler knows is an
 * error to the other. */
#include "file_path.h"
#include "flags.h"

#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../weir/memory.h"
#include "clang.h"
#include "database.h"
#include "unit.h"

enum { ANSWER_BYTES_MAX = 64 << 10 }; /* of pkg-config */

void flags_add(struct flags *flags, const char *text)
{
    if (flags->n == flags->size) {
        flags->size = flags->size ? flags->size * 2 : 32;
        flags->at = memory_grown(flags->at, flags->size * sizeof *flags->at);
    }
    flags->at[flags->n++] = text;
}

enum shape {
    ALONE,  /* the word itself */
    BEGINS, /* and whatever is joined to it */
    VALUE,  /* with a value, joined or in the next word */
    NEXT,   /* with a value in the next word */
    PATH    /* as VALUE; the value is a path */
};

struct kept {
    const char *name;
    enum shape shape;
};

static const struct kept kept[] = {
    {"-D", VALUE},
    {"-U", VALUE},
    {"-I", PATH},
    {"-isystem", PATH},
    {"-iquote", PATH},
    {"-idirafter", PATH},
    {"-isysroot", PATH},
    {"--sysroot=", PATH},
    {"-include", NEXT},
    {"-imacros", NEXT},
    {"-x", VALUE},
    {"-target", NEXT},
    {"--target=", BEGINS},
    {"-std=", BEGINS},
    {"-ansi", ALONE},
    {"-pthread", ALONE},
    {"-nostdinc", ALONE},
    {"-undef", ALONE},
    {"-trigraphs", ALONE},
    {"-fsigned-char", ALONE},
    {"-funsigned-char", ALONE},
    {"-fno-signed-char", ALONE},
    {"-fshort-enums", ALONE},
    {"-fshort-wchar", ALONE},
    {"-fms-extensions", ALONE},
    {"-fgnu89-inline", ALONE},
    {"-fopenmp", ALONE},
    {"-fblocks", ALONE},
    {"-ffreestanding", ALONE},
    {"-fno-builtin", ALONE},
    {"-m32", ALONE},
    {"-m64", ALONE},
    {"-mx32", ALONE},
    {"-march=", BEGINS},
    {"-mcpu=", BEGINS},
    {"-mfpu=", BEGINS},
    {"-mfloat-abi=", BEGINS},
    {"-mthumb", ALONE},
    {"-marm", ALONE},
    {"-msse", BEGINS},
    {"-mssse3", ALONE},
    {"-mavx", BEGINS},
    {"-mbmi", BEGINS},
    {"-maes", ALONE},
    {"-mpclmul", ALONE},
    {"-mfma", ALONE},
    {"-mf16c", ALONE},
    {"-mpopcnt", ALONE},
    {"-mlzcnt", ALONE},
    {"-msha", ALONE},
    {"-mgfni", ALONE},
    {"-mvaes", ALONE},
    {"-mvpclmulqdq", ALONE},
};

/* These are left out, and the word behind them. */
static const char *const left_with_next[] = {
    "-o",        "-MF",     "-MQ", "-MT",       "-Xlinker", "-Xassembler", "-Xpreprocessor",
    "-Xclang",   "--param", "-T",  "-u",        "-z",       "-e",          "-L",
    "-l",        "-A",      "-B",  "-aux-info", "-arch",    "-mllvm",      "-F",
    "-dumpbase",
};

static const struct kept *find_kept(const char *word)
{
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        size_t n = strlen(kept[i].name);
        bool whole = kept[i].shape == ALONE || kept[i].shape == NEXT;
        if (whole ? !strcmp(word, kept[i].name) : !strncmp(word, kept[i].name, n))
            return &kept[i];
    }
    return NULL;
}

static bool takes_next(const char *word)
{
    for (size_t i = 0; i < sizeof left_with_next / sizeof *left_with_next; i++)
        if (!strcmp(word, left_with_next[i]))
            return true;
    return false;
}

/* For the process. */
static const char *settled(char *path)
{
    const char *text = unit_text("%s", path);
    free(path);
    return text;
}

/* A path of the system root (=/usr/include) stays; so does what is found by the include path. */
static const char *settle(const struct kept *option, const char *value, const char *directory)
{
    if (option->shape == PATH && *value != '=' && *value != '$')
        return settled(file_path_absolute(directory, value));
    if (!strcmp(option->name, "-include") || !strcmp(option->name, "-imacros")) {
        char *path = file_path_absolute(directory, value);
        if (access(path, R_OK) == 0)
            return settled(path);
        free(path);
    }
    return unit_text("%s", value);
}

/* The same standards by the names that older compilers know too. */
static const char *standard(const char *word)
{
    if (!strcmp(word, "-std=gnu23"))
        return "-std=gnu2x";
    return !strcmp(word, "-std=c23") ? "-std=c2x" : unit_text("%s", word);
}

/* How many words were taken. */
static size_t take(struct flags *flags, const struct kept *option, const char *const *words,
                   size_t n, const char *directory)
{
    size_t name = strlen(option->name);
    const char *joined = words[0] + name;

    if (option->shape == ALONE || option->shape == BEGINS) {
        flags_add(flags, standard(words[0]));
        return 1;
    }
    if (*joined) {
        flags_add(flags, unit_text("%s%s", option->name, settle(option, joined, directory)));
        return 1;
    }
    if (n < 2)
        return 1;
    flags_add(flags, option->name);
    flags_add(flags, settle(option, words[1], directory));
    return 2;
}

void flags_take(struct flags *flags, const char *const *words, size_t n, const char *directory)
{
    for (size_t i = 0; i < n;) {
        const struct kept *option = find_kept(words[i]);
        if (option)
            i += take(flags, option, words + i, n - i, directory);
        else
            i += takes_next(words[i]) ? 2 : 1;
    }
}

/* ---- what is asked of the machine ---- */

/* What a command prints, without the newline; "": it failed. For free(). */
static char *answer(const char *command)
{
    char *text = memory_zeroed(ANSWER_BYTES_MAX, 1);
    FILE *from = popen(command, "re");
    size_t n = from ? fread(text, 1, ANSWER_BYTES_MAX - 1, from) : 0;

    if (!from || pclose(from) != 0)
        n = 0;
    while (n && strchr("\n ", text[n - 1]))
        n--;
    text[n] = 0;
    return text;
}

/* The words of pkg-config: blanks part them, a backslash keeps what is behind it. */
static void add_words(struct flags *flags, char *text)
{
    while (*text) {
        text += strspn(text, " \n");
        char *begin = text, *to = text;
        while (*text && *text != ' ' && *text != '\n') {
            text += *text == '\\' && text[1];
            *to++ = *text++;
        }
        bool over = !*text;
        *to = 0;
        if (*begin)
            flags_take(flags, &(const char *){begin}, 1, file_path_here());
        if (over)
            return;
        text++;
    }
}

/* PREFIX/include beside PREFIX/bin/weir. */
static void add_beside(struct flags *flags)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (n <= 0)
        return;
    self[n] = 0;
    char *include = file_path_absolute(self, "../../include");
    if (access(unit_text("%s/weir.h", include), R_OK) == 0)
        flags_add(flags, unit_text("-I%s", include));
    free(include);
}

void flags_installed(struct flags *flags)
{
    static char *words;
    char *copy;

    flags_add(flags, "-std=gnu11");
    if (!words)
        words = answer("pkg-config --cflags weir 2>/dev/null");
    if (!*words) {
        add_beside(flags);
        return;
    }
    copy = memory_text(words, strlen(words));
    add_words(flags, copy);
    free(copy);
}

/* Of the clang whose version libclang is, or of the newest there is. NULL: there is none. */
static const char *clang_headers(void)
{
    char *version = database_text(clang.getClangVersion()), pattern[64];
    const char *digits = strpbrk(version, "0123456789");
    const char *headers = NULL;
    glob_t found;

    snprintf(pattern, sizeof pattern, "/usr/lib/llvm-%d/lib/clang/*/include",
             digits ? atoi(digits) : 0);
    bool some = glob(pattern, 0, NULL, &found) == 0 ||
                glob("/usr/lib/llvm-*/lib/clang/*/include", 0, NULL, &found) == 0;
    free(version);
    if (some && found.gl_pathc)
        headers = unit_text("%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return headers;
}

/* Headers that belong to a compiler (stddef.h, stdatomic.h), for a libclang whose own are not
 * installed. Those of clang would include the next ones of the same name, and of gcc's clang does
 * not understand all: so these are for who has no others. */
static const char *compiler_headers(void)
{
    static const char *headers;

    if (!headers)
        headers = clang_headers();
    if (!headers)
        headers = answer("${CC:-cc} -print-file-name=include 2>/dev/null");
    return headers;
}

void flags_of_lint(struct flags *flags)
{
    static const char *const warnings[] = {/* errors of newer compilers alone */
                                           "-Wno-implicit-function-declaration",
                                           "-Wno-implicit-int", "-Wno-int-conversion",
                                           "-Wno-incompatible-function-pointer-types"};

    flags_add(flags, "-w");
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        flags_add(flags, warnings[i]);
    flags_add(flags, "-DWEIR_LINT=1");
    if (*compiler_headers() == '/') {
        flags_add(flags, "-idirafter");
        flags_add(flags, compiler_headers());
    }
}
