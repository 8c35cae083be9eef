/* The checksums of all files below a directory, sorted by their paths, as `sha256sum` prints them.
 * It was nftw() and a loop; directories are read side by side now, and files hashed on all cores.
 *
 *     dir_hasher DIRECTORY
 *
 * Prints: digest and path of each file. What cannot be read is told on stderr, and the others
 * follow; the program fails then. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

enum {
    PATH_BYTES = 4096,
    FILES_AT_ONCE = 8,
    DIRECTORIES_AT_ONCE = 4,
    FILES_MAX = 1 << 20,
    DIGEST_BYTES = 2 * WEIR_DIGEST_BYTES_MAX + 1
};

struct path {
    char text[PATH_BYTES];
};
static const weir_type path_type = WEIR_TYPE(struct path);

struct hashed {
    char digest[DIGEST_BYTES];
    char *path;
};

struct list;

struct directory {
    struct directory *next;
    struct list *list;
    char path[];
};

struct list {
    struct directory *directories; /* of the walk, which is one task */
    weir_lock lock;                /* files are hashed on all threads */
    struct hashed *files;
    size_t n, room;
    size_t failed;
};

/* ---- the list ---- */

/* The caller has the lock. */
static struct hashed *list_room(struct list *list)
{
    if (list->n == list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        struct hashed *files = room > FILES_MAX ? NULL : realloc(list->files, room * sizeof *files);
        if (!files)
            return NULL;
        list->files = files;
        list->room = room;
    }
    return &list->files[list->n++];
}

static bool list_add(struct list *list, const char *path, const char *digest)
{
    char *copy = strdup(path);
    weir_lock_take(&list->lock);
    struct hashed *hashed = copy ? list_room(list) : NULL;
    if (hashed) {
        memcpy(hashed->digest, digest, strlen(digest) + 1);
        hashed->path = copy;
    }
    weir_lock_give(&list->lock);
    if (!hashed)
        free(copy);
    return hashed != NULL;
}

static void list_fail(struct list *list, const char *path, const weir_error *error)
{
    fprintf(stderr, "%s: %s\n", path, error->message);
    weir_locked (&list->lock)
        list->failed++;
}

static int by_path(const void *a, const void *b)
{
    const struct hashed *one = a, *other = b;
    return strcmp(one->path, other->path);
}

static void list_print(struct list *list)
{
    if (list->n)
        qsort(list->files, list->n, sizeof *list->files, by_path);
    for (size_t i = 0; i < list->n; i++)
        printf("%s  %s\n", list->files[i].digest, list->files[i].path);
}

static void list_drop(struct list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->files[i].path);
    free(list->files);
    for (struct directory *next, *each = list->directories; each; each = next) {
        next = each->next;
        free(each);
    }
}

/* ---- the walk ---- */

/* What the walk keeps of a directory until all is over: streams of its entries look at it. */
static struct directory *directory_new(struct list *list, const char *path)
{
    size_t n = strlen(path);
    struct directory *directory = malloc(sizeof *directory + n + 1);
    if (!directory)
        return NULL;
    memcpy(directory->path, path, n + 1);
    directory->list = list;
    directory->next = list->directories;
    return list->directories = directory;
}

static weir_stream *walk(struct list *list, const char *path);

/* The files that an entry stands for: itself, those below it, none. */
static weir_stream *files_of(weir_dir_entry entry, void *arg)
{
    struct directory *directory = arg;
    struct path path;
    int n = snprintf(path.text, sizeof path.text, "%s/%s", directory->path, entry.name);
    if (n < 0 || (size_t)n >= sizeof path.text)
        return weir_empty(&path_type);
    switch (entry.kind) {
    case WEIR_ENTRY_FILE:
        return weir_once(&path_type, &path);
    case WEIR_ENTRY_DIRECTORY:
        return walk(directory->list, path.text);
    default:
        return weir_empty(&path_type);
    }
}
WEIR_THEN_FN(files_of_fn, files_of, weir_dir_entry, struct path)

static weir_stream *walk(struct list *list, const char *path)
{
    struct directory *directory = directory_new(list, path);
    if (!directory)
        return weir_empty(&path_type);
    return weir_flat_map_unordered(weir_read_dir(path), &files_of_fn, directory,
                                   DIRECTORIES_AT_ONCE);
}

/* ---- one file, on any thread ---- */

WEIR_TRY_PAR_FN(hash_file, struct path, path, struct list *, list, error)
{
    weir_digest digest;
    weir_reader *file = weir_hash(weir_file_reader(path.text), WEIR_SHA256, &digest);
    weir_stream *hashed = weir_copy(file, weir_null_writer());
    if (weir_await(hashed, NULL, error) != WEIR_READY) {
        list_fail(list, path.text, error);
        return true;
    }
    if (list_add(list, path.text, digest.text))
        return true;
    weir_error_set(error, WEIR_E_LIMIT, "more than %d files, or no memory", FILES_MAX);
    return false;
}

static void count_error(const weir_error *error, void *arg)
{
    list_fail(arg, error->place, error);
}

int main(int argc, char **argv)
{
    struct list list = {.n = 0};
    weir_error error;
    if (argc != 2)
        return fprintf(stderr, "usage: dir_hasher DIRECTORY\n"), 2;
    if (!weir_hash_is_there(WEIR_SHA256))
        return fprintf(stderr, "this weir was built without sha256\n"), 77;

    weir_stream *files = weir_inspect_err(walk(&list, argv[1]), count_error, &list);
    files = weir_skip_errors(files, UINT64_MAX, NULL);
    weir_stream *all = weir_par_for_each(files, &hash_file, &list, FILES_AT_ONCE, NULL);
    bool well = weir_run(all, NULL, &error) != WEIR_ERROR;
    if (well)
        list_print(&list);
    else
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    well = well && list.failed == 0;
    list_drop(&list);
    weir_thread_end();
    return well ? 0 : 1;
}
