/* glob: the paths that match a pattern. The pattern is cut at its slashes; each part that is no
 * plain name has a directory listed, sorted and gone through, one inside of the other. */

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#include "io/atomic_file.h"
#include "io/entries.h"
#include "weir/alloc.h"

enum { FIRST_NAMES = 64, FIRST_TEXT = 1024 };

struct glob_found {
    uint32_t at; /* in the text */
    weir_entry_kind kind;
};

/* A directory on the way: what matched in it, and how far it was gone through. */
struct level {
    size_t prefix; /* of the path: this directory */
    size_t part;   /* of the pattern */
    bool listed;
    bool below;   /* of `**`: found by it, so it is no link */
    bool without; /* `**`: the rest was tried here itself */
    struct glob_found *found;
    size_t n, room, next;
    char *text;
    size_t text_n, text_room;
};

struct glob {
    weir_stream stream;
    char *parts[WEIR_GLOB_DEPTH_MAX];
    size_t parts_n;
    bool begun;
    struct weir_entries entries; /* of the innermost level, while it is listed */
    struct level levels[WEIR_GLOB_DEPTH_MAX];
    size_t depth;
    size_t bytes; /* of names, in all levels */
    char path[WEIR_PATH_BYTES];
    size_t path_n;
};

static struct glob *glob_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct glob, stream);
}

/* ---- names of a level ---- */

static void level_fini(struct glob *self, struct level *level)
{
    self->bytes -= level->room * sizeof *level->found + level->text_room;
    weir_release(level->found, level->room * sizeof *level->found);
    weir_release(level->text, level->text_room);
}

/* Twice as large. False: no memory, or the limit. */
static bool glob_grow(struct glob *self, void **block, size_t *room, size_t size, size_t first)
{
    size_t wanted = *room ? *room * 2 : first, more = (wanted - *room) * size;
    if (self->bytes + more > WEIR_GLOB_BYTES_MAX)
        return false;
    void *grown = weir_resize(*block, *room * size, wanted * size);
    if (!grown)
        return false;
    self->bytes += more;
    *block = grown;
    *room = wanted;
    return true;
}

static bool glob_keep(struct glob *self, struct level *level, const weir_dir_entry *entry)
{
    size_t size = strlen(entry->name) + 1;
    void *found = level->found, *text = level->text;
    bool fits = level->n < level->room ||
                glob_grow(self, &found, &level->room, sizeof *level->found, FIRST_NAMES);
    level->found = found;
    fits = fits && (level->text_n + size <= level->text_room ||
                    glob_grow(self, &text, &level->text_room, 1, FIRST_TEXT));
    level->text = text;
    if (!fits)
        return false;
    memcpy(level->text + level->text_n, entry->name, size);
    level->found[level->n++] = (struct glob_found){(uint32_t)level->text_n, entry->kind};
    level->text_n += size;
    return true;
}

static bool is_before(const struct level *level, size_t a, size_t b)
{
    const char *text = level->text;
    return strcmp(text + level->found[a].at, text + level->found[b].at) < 0;
}

static void glob_swap(struct level *level, size_t a, size_t b)
{
    struct glob_found kept = level->found[a];
    level->found[a] = level->found[b];
    level->found[b] = kept;
}

static void sink(struct level *level, size_t at, size_t n)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && is_before(level, child, child + 1))
            child++;
        if (!is_before(level, at, child))
            return;
        glob_swap(level, at, child);
    }
}

/* A heap needs no memory of its own. */
static void glob_sort(struct level *level)
{
    for (size_t i = level->n / 2; i--;)
        sink(level, i, level->n);
    for (size_t n = level->n; n > 1; n--) {
        glob_swap(level, 0, n - 1);
        sink(level, 0, n - 1);
    }
}

/* ---- the pattern ---- */

static bool is_plain(const char *part)
{
    return !part[strcspn(part, "*?[\\")];
}

static bool is_any_depth(const char *part)
{
    return strcmp(part, "**") == 0;
}

static bool is_last(const struct glob *self, size_t part)
{
    return part + 1 == self->parts_n;
}

/* `**` as the last part matches what stands in each of the directories. */
static bool glob_matches(const char *part, const weir_dir_entry *entry)
{
    return fnmatch(is_any_depth(part) ? "*" : part, entry->name, FNM_PERIOD) == 0;
}

/* It is worth opening: a directory, or who knows. */
static bool may_be_directory(weir_entry_kind kind, bool any_depth)
{
    return kind == WEIR_ENTRY_DIRECTORY || kind == WEIR_ENTRY_UNKNOWN ||
           (kind == WEIR_ENTRY_LINK && !any_depth);
}

static bool glob_is_wanted(const struct glob *self, const struct level *level,
                           const weir_dir_entry *entry)
{
    const char *part = self->parts[level->part];
    return (is_last(self, level->part) || may_be_directory(entry->kind, is_any_depth(part))) &&
           glob_matches(part, entry);
}

/* ---- the path ---- */

static void cut_path(struct glob *self, size_t n)
{
    self->path_n = n;
    self->path[n] = '\0';
}

/* False: it would be too long. */
static bool glob_add_name(struct glob *self, const char *name)
{
    size_t n = strlen(name);
    bool slash = self->path_n && self->path[self->path_n - 1] != '/';
    if (self->path_n + slash + n + 1 > sizeof self->path)
        return false;
    if (slash)
        self->path[self->path_n++] = '/';
    memcpy(self->path + self->path_n, name, n + 1);
    self->path_n += n;
    return true;
}

static bool glob_is_there(const struct glob *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct stat about;
    char link[1]; /* one that leads nowhere is there too */
    return sys->stat(sys, self->path, &about) == 0 ||
           sys->readlink(sys, self->path, link, sizeof link) > 0;
}

/* ---- steps ---- */

static const char *glob_place(const struct glob *self)
{
    return self->path_n ? self->path : ".";
}

static weir_poll fail_limit(struct glob *self, weir_cx *cx, const char *what, size_t limit)
{
    weir_fail(cx, WEIR_E_LIMIT, "more than %zu %s", limit, what);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", glob_place(self));
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll fail_listing(const struct glob *self, weir_cx *cx, int error)
{
    weir_fail_system(cx, error, "list", glob_place(self), WEIR_NOWHERE);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static void glob_pop(struct glob *self)
{
    weir_entries_fini(&self->entries);
    level_fini(self, &self->levels[--self->depth]);
}

static weir_poll give_path(const struct glob *self, void *out)
{
    *(weir_line *)out = (weir_line){self->path, self->path_n};
    return (weir_poll){1, WEIR_READY};
}

static const weir_poll glob_again = {0, WEIR_READY};

/* Goes on behind `path` with this part of the pattern: plain names at once, the others by a level
 * of their own. */
static weir_poll glob_enter(struct glob *self, weir_cx *cx, size_t part, void *out)
{
    bool plain = false;
    for (; part < self->parts_n && is_plain(self->parts[part]); part++, plain = true)
        if (!glob_add_name(self, self->parts[part]))
            return fail_limit(self, cx, "bytes of a path", sizeof self->path - 1);
    if (part == self->parts_n)
        return !plain || glob_is_there(self, cx) ? give_path(self, out) : glob_again;
    if (self->depth == WEIR_GLOB_DEPTH_MAX)
        return fail_limit(self, cx, "directories below each other", WEIR_GLOB_DEPTH_MAX);
    self->levels[self->depth++] = (struct level){.prefix = self->path_n, .part = part};
    return glob_again;
}

/* What went or is no directory is no error: it was a file whose kind nobody knew. */
static weir_poll open_level(struct glob *self, weir_cx *cx, const struct level *level)
{
    int flags = level->below ? O_NOFOLLOW : 0;
    int error = weir_entries_open(&self->entries, cx, glob_place(self), flags);
    if (!error)
        return glob_again;
    glob_pop(self);
    bool gone = error == -ENOTDIR || error == -ENOENT || error == -ELOOP;
    return gone ? glob_again : fail_listing(self, cx, error);
}

/* One block of a directory. */
static weir_poll glob_list(struct glob *self, weir_cx *cx, struct level *level)
{
    weir_dir_entry entry;
    if (self->entries.fd < 0)
        return open_level(self, cx, level);
    while (weir_entries_next(&self->entries, &entry))
        if (glob_is_wanted(self, level, &entry) && !glob_keep(self, level, &entry))
            return self->bytes > WEIR_GLOB_BYTES_MAX / 2
                       ? fail_limit(self, cx, "bytes of names", WEIR_GLOB_BYTES_MAX)
                       : weir_fail(cx, WEIR_E_MEMORY, "no memory for names");
    int got = weir_entries_read(&self->entries, cx);
    if (got < 0) {
        glob_pop(self);
        return fail_listing(self, cx, got);
    }
    if (got)
        return glob_again;
    weir_entries_fini(&self->entries);
    glob_sort(level);
    level->listed = true;
    return glob_again;
}

/* The next name of a level that is listed. */
static weir_poll glob_walk(struct glob *self, weir_cx *cx, struct level *level, void *out)
{
    if (level->next == level->n) {
        glob_pop(self);
        return glob_again;
    }
    const struct glob_found *found = &level->found[level->next];
    size_t part = level->part;
    bool any = is_any_depth(self->parts[part]), last = is_last(self, part);
    if (!glob_add_name(self, level->text + found->at))
        return fail_limit(self, cx, "bytes of a path", sizeof self->path - 1);
    if (last && any && !level->without) { /* the path itself, and then what is below it */
        level->without = true;
        return give_path(self, out);
    }
    level->without = level->without && !last;
    level->next++;
    if (last && !any)
        return give_path(self, out);
    if (any && !may_be_directory(found->kind, true))
        return glob_again;
    if (!any)
        return glob_enter(self, cx, part + 1, out);
    weir_poll got = glob_enter(self, cx, part, out);
    self->levels[self->depth - 1].below = got.state == WEIR_READY;
    return got;
}

static weir_poll glob_step(struct glob *self, weir_cx *cx, void *out)
{
    struct level *level = &self->levels[self->depth - 1];
    cut_path(self, level->prefix);
    bool any = is_any_depth(self->parts[level->part]);
    if (any && !is_last(self, level->part) && !level->without) {
        level->without = true;
        return glob_enter(self, cx, level->part + 1, out);
    }
    return level->listed ? glob_walk(self, cx, level, out) : glob_list(self, cx, level);
}

static weir_poll glob_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct glob *self = glob_of(stream);
    (void)demand;
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "glob");
    if (weir_io_stopping(cx)) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    if (self->begun)
        return self->depth ? glob_step(self, cx, out) : (weir_poll){0, WEIR_END};
    self->begun = true;
    return glob_enter(self, cx, 0, out);
}

static void glob_fini(weir_stream *stream)
{
    struct glob *self = glob_of(stream);
    while (self->depth)
        glob_pop(self);
}

static size_t glob_memory_max(const weir_stream *stream)
{
    (void)stream;
    return WEIR_GLOB_BYTES_MAX + WEIR_GLOB_BYTES_MAX / 2 + WEIR_ENTRIES_BYTES; /* one grows */
}

static const weir_stream_ops glob_ops = {.size = sizeof glob_ops,
                                         .name = "glob",
                                         .poll_next = glob_poll_next,
                                         .fini = glob_fini,
                                         .memory_max = glob_memory_max};

/* Each directory below several would be gone through once for each way to share it out among them.
 */
static bool has_several(const struct glob *self)
{
    size_t n = 0;
    for (size_t i = 0; i < self->parts_n; i++)
        n += is_any_depth(self->parts[i]);
    return n > 1;
}

/* False: too many parts. */
static bool cut_pattern(struct glob *self, char *pattern)
{
    if (pattern[0] == '/')
        glob_add_name(self, "/");
    char *rest = pattern;
    for (char *part; (part = strtok_r(rest, "/", &rest));) {
        bool twice =
            self->parts_n && is_any_depth(part) && is_any_depth(self->parts[self->parts_n - 1]);
        if (twice)
            continue; /* as once */
        if (self->parts_n == WEIR_GLOB_DEPTH_MAX)
            return false;
        self->parts[self->parts_n++] = part;
    }
    return true;
}

static weir_stream *glob_refuse(weir_stream *stream, weir_code code, const char *why, size_t n)
{
    return weir_stream_refuse(&stream->stage, code, NULL, why, NULL, NULL, n);
}

weir_stream *weir_glob(const char *pattern)
{
    weir_stream *stream = weir_source_new(sizeof(struct glob), &glob_ops, &weir_type_line);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct glob *self = glob_of(stream);
    self->entries.fd = -1;
    if (!pattern || !*pattern)
        return glob_refuse(stream, WEIR_E_ARGUMENT, "no pattern was given", 0);
    char *copy = weir_arena_text(stream->stage.arena, pattern);
    if (!copy)
        return glob_refuse(stream, WEIR_E_MEMORY, "no memory for a pattern", 0);
    if (!cut_pattern(self, copy))
        return glob_refuse(stream, WEIR_E_LIMIT, "a pattern of more than %zu parts",
                           WEIR_GLOB_DEPTH_MAX);
    if (has_several(self))
        return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT,
                                  "one `**`, and a filter of the paths that come",
                                  "glob: a pattern with more than one `**`", NULL, NULL, 0);
    return stream;
}
