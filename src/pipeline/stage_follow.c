/* Sources that look at files and directories: one that grows, names that match, what happens. */
#include <stdio.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

/* ---- tail ---- */

enum { TAIL_FILE, TAIL_LINES, TAIL_BYTES, TAIL_WHOLE, TAIL_WAIT };
enum { TAIL_LINES_USUAL = 10 };

static void tell_event(void *arg, const char *path, weir_tail_event what)
{
    static const char *const texts[] = {
        [WEIR_TAIL_TRUNCATED] = "became shorter, and is read from its beginning",
        [WEIR_TAIL_REPLACED] = "is another file now, which is read from its beginning",
        [WEIR_TAIL_GONE] = "is gone, and waited for",
        [WEIR_TAIL_APPEARED] = "is there now",
    };
    const struct node *node = arg;
    weir_pl_note_plain(node->chain->words, NULL, "%s %s", path, texts[what]);
}

static void build_tail(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;
    bool usual = !args[TAIL_LINES].given && !args[TAIL_BYTES].given && !args[TAIL_WHOLE].given;
    weir_tail_options options =
        WEIR_TAIL_OPTIONS(.whole = args[TAIL_WHOLE].given, .wait = args[TAIL_WAIT].given,
                          .lines = usual ? TAIL_LINES_USUAL : args[TAIL_LINES].number,
                          .bytes = args[TAIL_BYTES].number, .on_event = tell_event, .arg = node);

    flow->reader = weir_tail(args[TAIL_FILE].text, &options);
}

/* One of the three says where to begin. */
static bool check_tail(struct node *node, const struct words *words)
{
    const struct arg *before = NULL;

    for (size_t i = TAIL_LINES; i <= TAIL_WHOLE; i++) {
        const struct arg *now = &node->args[i];
        if (before && now->given) {
            weir_pl_note_set(words, (struct span){now->word, now->word + 1},
                             (struct span){before->word, before->word + 1}, "one of the two",
                             "both say where to begin");
            return false;
        }
        before = now->given ? now : before;
    }
    if (!node->args[TAIL_WAIT].given)
        node->path = node->args[TAIL_FILE].text;
    return true;
}

static const char *tail_note(const struct node *node)
{
    (void)node;
    return "follows the name; ends when it is told to stop";
}

const struct entry weir_pl_entry_tail = {
    .name = "tail",
    .reach = WEIR_ALLOW_READ,
    .usage = "tail FILE [lines=N]",
    .does = "give the end of a file, and what is added, also after a rotation",
    .help = "lines=N  begin with the last N lines, 10 when nothing is said\n"
            "bytes=N  begin with the last N bytes\n"
            "whole    begin at the beginning\n"
            "wait     the file need not be there yet",
    .example = "weir tail app.log ! lines ! grep ERROR ! unix:/run/alert.sock",
    .gives = FLOW_BYTES,
    .args =
        {[TAIL_FILE] = {.name = "FILE", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true},
         [TAIL_LINES] = {.name = "lines", .kind = ARG_KEY, .type = ARG_NUMBER, .max = UINT64_MAX},
         [TAIL_BYTES] = {.name = "bytes", .kind = ARG_KEY, .type = ARG_BYTES, .max = UINT64_MAX},
         [TAIL_WHOLE] = {.name = "whole", .kind = ARG_WORD, .type = ARG_TEXT},
         [TAIL_WAIT] = {.name = "wait", .kind = ARG_WORD, .type = ARG_TEXT}},
    .copies = true,
    .build = build_tail,
    .check = check_tail,
    .note = tail_note,
};

/* ---- glob ---- */

static void build_glob(struct flow *flow, struct node *node)
{
    flow->stream = weir_glob(node->args[0].text);
}

static const char *glob_note(const struct node *node)
{
    (void)node;
    return "a directory at a time";
}

const struct entry weir_pl_entry_glob = {
    .name = "glob",
    .reach = WEIR_ALLOW_READ,
    .usage = "glob PATTERN",
    .does = "give the paths that match, a line each",
    .help = "* ? [a-z] match within a name, ** any number of directories; a name that begins with\n"
            "a dot is matched by a dot. In quotes, or the shell does it first.",
    .example = "weir glob 'logs/**/*.log' ! count",
    .gives = FLOW_LINES,
    .args = {{.name = "PATTERN", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true}},
    .build = build_glob,
    .note = glob_note,
};

/* ---- watch ---- */

enum { EVENT_BYTES = 4096 + WEIR_ENTRY_NAME_BYTES + 32 };

struct events {
    weir_stream stream;
    const char *path;
    char text[EVENT_BYTES];
};

static const char *const changes[] = {
    [WEIR_PATH_CREATED] = "created",       [WEIR_PATH_MODIFIED] = "modified",
    [WEIR_PATH_CLOSED] = "closed",         [WEIR_PATH_DELETED] = "deleted",
    [WEIR_PATH_MOVED_FROM] = "moved-from", [WEIR_PATH_MOVED_TO] = "moved-to",
    [WEIR_PATH_MOVED_SELF] = "moved-self",
};

static weir_line line_of(struct events *self, const weir_path_event *event)
{
    size_t path = strlen(self->path);
    bool slash = event->name[0] && (!path || self->path[path - 1] != '/');
    size_t n = weir_format(self->text, sizeof self->text, "%s %s%s%s%s", changes[event->change],
                           self->path, slash ? "/" : "", event->name,
                           event->directory && event->name[0] ? "/" : "");
    return (weir_line){.data = self->text, .size = n};
}

/* One at a time: its text stands here. */
static weir_poll events_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct events *self = WEIR_CONTAINER(stream, struct events, stream);
    weir_path_event event;

    (void)demand;
    weir_poll got = weir_poll_next(weir_source(stream), cx, &event, 1);
    if (got.n)
        *(weir_line *)out = line_of(self, &event);
    return got;
}

static const weir_stream_ops events_ops = {
    .size = sizeof events_ops, .name = "watch", .poll_next = events_poll_next};

static void build_watch(struct flow *flow, struct node *node)
{
    weir_stream *events = weir_watch_path(node->args[0].text);

    flow->stream = weir_stream_new(events, sizeof(struct events), &events_ops, &weir_type_line);
    if (!weir_stage_failed(&flow->stream->stage))
        WEIR_CONTAINER(flow->stream, struct events, stream)->path = node->args[0].text;
}

static const char *watch_note(const struct node *node)
{
    (void)node;
    return "not below its directories; ends when it is gone, or told to stop";
}

const struct entry weir_pl_entry_watch = {
    .name = "watch",
    .reach = WEIR_ALLOW_READ,
    .usage = "watch PATH",
    .does = "give what happens to a file, or in a directory, a line each",
    .help = "created, modified, closed (by who wrote to it), deleted, moved-from, moved-to and\n"
            "moved-self, a blank, and the path; a directory ends with a slash.",
    .example = "weir watch inbox ! grep closed ! -",
    .gives = FLOW_LINES,
    .args = {{.name = "PATH", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true}},
    .copies = true,
    .build = build_watch,
    .note = watch_note,
};
