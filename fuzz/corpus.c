/* The inputs that were kept of a target, once each: what libFuzzer does with them, without it, so
 * that every compiler's build goes through them. Linked with a target that has WEIR_LIBFUZZER. Each
 * is named before it runs: what aborts is the last.
 *
 *   NAME_corpus FOLDER
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { INPUT_BYTES = 64 << 10, PATH_BYTES = 4096 };

static char path[PATH_BYTES]; /* of the input at hand */

_Noreturn static void corpus_fail(const char *what)
{
    fprintf(stderr, "corpus: %s: %s\n", path, what);
    exit(1);
}

/* In memory of its own size: what reads behind it is seen. */
static void corpus_run_file(void)
{
    static uint8_t room[INPUT_BYTES];
    FILE *file = fopen(path, "rb");
    if (!file)
        corpus_fail("cannot be opened");
    size_t n = fread(room, 1, sizeof room, file);
    if (ferror(file) || fgetc(file) != EOF)
        corpus_fail("cannot be read, or has more than 65536 bytes");
    fclose(file);
    uint8_t *bytes = malloc(n ? n : 1);
    if (!bytes)
        corpus_fail("no memory");
    memcpy(bytes, room, n);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(bytes, n);
    free(bytes);
}

int main(int argc, char **argv)
{
    unsigned n = 0;
    snprintf(path, sizeof path, "%s", argc == 2 ? argv[1] : "FOLDER is missing");
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder)
        corpus_fail("no folder");
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        corpus_run_file();
        n++;
    }
    closedir(folder);
    snprintf(path, sizeof path, "%s", argv[1]);
    if (!n)
        corpus_fail("no inputs");
    printf("%u inputs of %s\n", n, argv[1]);
    return 0;
}
