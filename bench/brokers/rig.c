/* Messages of 100 bytes, a copy of what is kept of them, and a wait. */

#include "rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/message.h"

enum { MESSAGE_BYTES = 100 };

static weir_rt *rt;

static int failed(const weir_error *error)
{
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    return 1;
}

static int run(weir_stream *future)
{
    uint64_t n;
    weir_error error;
    return weir_rt_run(rt, future, &n, &error) == WEIR_ERROR ? failed(&error) : 0;
}

/* ---- publish ---- */

/* As many as one batch may have. */
struct texts {
    char text[WEIR_DEMAND_MAX][MESSAGE_BYTES];
};

static void fill_with_blanks(struct texts *self)
{
    memset(self->text, ' ', sizeof self->text);
    for (size_t i = 0; i < WEIR_DEMAND_MAX; i++)
        self->text[i][MESSAGE_BYTES - 1] = '\n';
}

/* Its number, over one that was shorter: what is measured is not the text. */
static weir_line message_of(int64_t number, void *arg)
{
    char *text = ((struct texts *)arg)->text[number % WEIR_DEMAND_MAX];
    size_t n = 1;
    for (int64_t rest = number; rest >= 10; rest /= 10)
        n++;
    for (int64_t rest = number; n--; rest /= 10)
        text[n] = (char)('0' + rest % 10);
    return (weir_line){text, MESSAGE_BYTES};
}
WEIR_MAP_FN(message_fn, message_of, int64_t, weir_line, .to = &weir_type_line)

static int publish(const struct rig *rig, const char *at, const char *stream, int64_t n)
{
    static struct texts texts;
    if (rig->prepare && !rig->prepare(at, stream))
        return 1;
    fill_with_blanks(&texts);
    return run(rig->publish(weir_map(weir_range(0, n), &message_fn, &texts), at, stream));
}

/* ---- copy ---- */

struct kept {
    int64_t left;
    bool whole;
};

/* The source goes on for ever: it is stopped behind the last one. */
static weir_line kept_of(weir_message message, void *arg)
{
    struct kept *self = arg;
    weir_line value = message.value;
    if (!--self->left)
        weir_rt_stop(rt);
    if (self->whole)
        return value;
    const char *end = memchr(value.data, ' ', value.size);
    return (weir_line){value.data, end ? (size_t)(end - value.data) : 0};
}
WEIR_MAP_FN(kept_fn, kept_of, weir_message, weir_line, .from = &weir_type_message,
            .to = &weir_type_line)

static bool is_there(weir_line line, void *arg)
{
    (void)arg;
    return line.size > 0;
}
WEIR_FILTER_FN(there_fn, is_there, weir_line, .of = &weir_type_line)

static int copy(const struct rig *rig, weir_stream *messages, const char *path, int64_t n)
{
    struct kept kept = {n, rig->whole};
    weir_stream *lines = weir_filter(weir_map(messages, &kept_fn, &kept), &there_fn, NULL);
    return run(weir_forward_with(lines, weir_file_writer(path, &WEIR_FILE_OPTIONS(.append = true)),
                                 &WEIR_FORWARD_OPTIONS(.marks_max = rig->marks)));
}

/* ---- idle ---- */

static void stop(int signo)
{
    (void)signo;
    weir_rt_stop(rt);
}

static int idle(weir_stream *messages, unsigned seconds)
{
    signal(SIGALRM, stop);
    alarm(seconds);
    return run(weir_count(weir_settle_here(messages)));
}

int rig_main(int argc, char **argv, const struct rig *rig)
{
    weir_error error;
    const char *what = argc > 4 ? argv[1] : "";
    uint32_t page = argc > 6 ? (uint32_t)atoi(argv[6]) : 0;
    int code = 2;
    rt = weir_rt_new(NULL, &error);
    if (!rt)
        return failed(&error);
    if (!strcmp(what, "publish"))
        code = publish(rig, argv[2], argv[3], atoll(argv[4]));
    else if (!strcmp(what, "copy") && argc > 5)
        code = copy(rig, rig->read(argv[2], argv[3], page), argv[4], atoll(argv[5]));
    else if (!strcmp(what, "idle"))
        code = idle(rig->read(argv[2], argv[3], 0), (unsigned)atoi(argv[4]));
    weir_rt_drop(rt);
    return code;
}
