/* exec: a command for each item, or one that all bytes pass through. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/exec_job.h"
#include "pipeline/judge.h"
#include "pipeline/room.h"
#include "pipeline/pipeline.h"
#include "pipeline/record_lines.h"
#include "pipeline/note.h"
#include "pipeline/stage_exec.h"
#include "pipeline/stages.h"

enum { EXEC_COMMAND, EXEC_MAX, EXEC_ON_ERROR, EXEC_LOG, EXEC_RESUME };
enum { OUTPUT_BYTES = 1 << 20, SAID_BYTES = 72 };

/* ---- over items: a command each ---- */

const struct arg *weir_pl_exec_policy(const struct node *node)
{
    return &node->args[EXEC_ON_ERROR];
}

struct commands {
    weir_stream stream;
    struct exec *exec;
    struct judge judge;
    size_t limit;
    bool opened;
};

static struct commands *commands_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct commands, stream);
}

static weir_poll open_log(struct commands *self, weir_cx *cx)
{
    struct exec *exec = self->exec;

    self->opened = true;
    if (!exec->logs)
        return (weir_poll){0, WEIR_READY};
    int error =
        weir_pl_job_log_open(&exec->log, exec->log_path, self->judge.node->args[EXEC_RESUME].given);
    return error ? weir_pl_exec_fail_log(exec, cx, error, "open") : (weir_poll){0, WEIR_READY};
}

/* A long command is cut. */
static void say(const struct judge *judge, const struct result *result, char *what, char *why)
{
    weir_pl_exec_job_text(judge->about, result, judge->n, what, SAID_BYTES);
    if (strlen(what) == SAID_BYTES - 1)
        memcpy(what + SAID_BYTES - 4, "...", 3);
    char text[32];
    snprintf(why, JUDGE_SAID_BYTES, "%s", weir_pl_result_text(result, text));
}

static weir_poll commands_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct commands *self = commands_of(stream);
    weir_poll got = {0, WEIR_READY};

    (void)demand;
    if (!self->opened)
        got = open_log(self, cx);
    return got.state == WEIR_READY
               ? weir_pl_judge_poll_next(&self->judge, weir_source(stream), cx, out)
               : got;
}

static bool commands_rejected(const weir_stream *stream, weir_line *out)
{
    return weir_pl_judge_rejected(&commands_of(stream)->judge, out);
}

static void commands_fini(weir_stream *stream)
{
    struct commands *self = commands_of(stream);

    weir_pl_judge_fini(&self->judge);
    if (self->exec && self->exec->logs)
        weir_pl_job_log_close(&self->exec->log);
}

/* Those that run, one that waits to be taken, and one that was given. */
static size_t commands_memory_max(const weir_stream *stream)
{
    const struct commands *self = commands_of(stream);
    size_t bytes, done = 0;

    if (self->judge.node->args[EXEC_RESUME].given)
        done = 2 * (size_t)JOB_LOG_DONE_MAX * sizeof(struct job_hash);
    if (__builtin_mul_overflow(self->limit + 2, weir_pl_exec_job_bytes(self->exec), &bytes) ||
        __builtin_add_overflow(bytes, done, &bytes))
        return SIZE_MAX;
    return bytes;
}

static const weir_stream_ops commands_ops = {.size = sizeof commands_ops,
                                             .name = "exec",
                                             .poll_next = commands_poll_next,
                                             .fini = commands_fini,
                                             .marks = WEIR_MARKS_PASS,
                                             .memory_max = commands_memory_max,
                                             .rejected = commands_rejected};

static struct exec *exec_new(weir_stream *source, const struct node *node, unsigned type)
{
    weir_arena *arena = source->stage.arena;
    struct exec *exec = arena ? weir_arena_take(arena, sizeof *exec, _Alignof(struct exec)) : NULL;
    const struct arg *args = node->args;

    if (!exec)
        return NULL;
    exec->command = node->command;
    exec->batches = type == FLOW_BATCHES;
    enum judge_policy policy = weir_pl_judge_policy_of(node, weir_pl_exec_policy(node));
    exec->stops = policy != LEAVE_OUT && policy != REJECT;
    exec->logs = args[EXEC_LOG].given;
    exec->log_path = args[EXEC_LOG].text;
    exec->log.fd = -1;
    exec->output_max = args[EXEC_MAX].given ? (size_t)args[EXEC_MAX].number : OUTPUT_BYTES;
    return exec;
}

static void refuse_memory(struct flow *flow)
{
    flow->stream = weir_stream_refuse(&flow->stream->stage, WEIR_E_MEMORY, NULL,
                                      "no memory for commands", NULL, NULL, 0);
}

static void build_commands(struct flow *flow, struct node *node, size_t limit, bool keep_order)
{
    unsigned type = node->before->gives;
    weir_stream *source = flow->stream;

    if (weir_stage_failed(&source->stage))
        return;
    struct exec *exec = exec_new(source, node, type);
    if (!exec) {
        refuse_memory(flow);
        return;
    }
    const weir_async_fn *fn = weir_pl_exec_job_fn(type);
    if (node->by) {
        exec->lanes = weir_pl_lanes_new(source->stage.arena, limit, (size_t)node->by->number,
                                        type == FLOW_RECORDS ? node->by->text : NULL);
        if (!exec->lanes) {
            refuse_memory(flow);
            return;
        }
    }
    if (type == FLOW_RECORDS)
        source = weir_pl_record_lines(source, exec->lanes);
    if (node->by)
        source = weir_pl_lanes_stage(source, exec->lanes,
                                     type == FLOW_RECORDS ? COMMAND_BYTES_MAX
                                                          : weir_pl_lines_longest(node));
    weir_stream *jobs = keep_order ? weir_map_async_ordered(source, fn, exec, limit)
                                   : weir_map_async(source, fn, exec, limit);
    flow->stream =
        weir_stream_new(jobs, sizeof(struct commands), &commands_ops, &weir_pl_result_type);
    if (weir_stage_failed(&flow->stream->stage))
        return;
    struct commands *self = commands_of(flow->stream);
    self->exec = exec;
    self->limit = limit;
    self->judge = (struct judge){.node = node,
                                 .policy = weir_pl_judge_policy_of(node, weir_pl_exec_policy(node)),
                                 .gives_all = true,
                                 .one = "command",
                                 .cure = "on-error=skip leaves out those that fail",
                                 .about = exec,
                                 .say = say};
}

/* ---- what the catalogue says of it ---- */

static void build_exec(struct flow *flow, struct node *node)
{
    if (node->before->gives == FLOW_BYTES)
        weir_pl_exec_bytes_build(flow, node);
    else
        build_commands(flow, node, 1, true);
}

static bool refuse(const struct words *words, const struct arg *arg, const struct arg *other,
                   const char *hint, const char *message)
{
    struct span none = {0, 0};

    weir_pl_note_set(words, (struct span){arg->word, arg->word + 1},
                     other ? (struct span){other->word, other->word + 1} : none, hint, message,
                     words->at[arg->word].text);
    return false;
}

static bool check_exec(struct node *node, const struct words *words)
{
    const struct arg *args = node->args;

    if (args[EXEC_RESUME].given && !args[EXEC_LOG].given)
        return refuse(words, &args[EXEC_RESUME], NULL, "log=FILE",
                      "'%s' goes on behind the rows of a log");
    if (args[EXEC_LOG].given && !*args[EXEC_LOG].text)
        return refuse(words, &args[EXEC_LOG], NULL, "log=FILE", "'%s' names no file");
    return true;
}

static bool refuse_command(const struct words *words, const struct arg *command, const char *why)
{
    const char *hint = why == weir_pl_command_wants_shell
                           ? "exec 'sh -c \"...\"'; | as an argument is written \"|\""
                           : "exec 'COMMAND ARGUMENTS'";
    char message[64];

    snprintf(message, sizeof message, "%s '%%s'", why);
    return refuse(words, command, NULL, hint, message);
}

/* Once it is known what comes in. */
static bool plan_exec(struct node *node, const struct words *words)
{
    const struct arg *args = node->args, *command = &args[EXEC_COMMAND];
    bool bytes = node->before->gives == FLOW_BYTES;
    const char *why;

    for (size_t i = EXEC_MAX; bytes && i <= EXEC_RESUME; i++)
        if (args[i].given)
            return refuse(words, &args[i], NULL, "put 'lines' before exec",
                          "'%s' is for commands of items, and bytes come in");
    node->command = weir_pl_command_parse(command->text, bytes, &why);
    if (!node->command && !why)
        return weir_pl_note_no_memory(words);
    if (!node->command)
        return refuse_command(words, command, why);
    if (node->before->gives == FLOW_BATCHES && weir_pl_command_has_inner(node->command))
        return refuse(words, command, NULL, "{} as an argument of its own",
                      "a batch is several arguments, and '%s' wants it within one");
    return true;
}

static void drop_exec(struct node *node)
{
    weir_pl_command_drop(node->command);
    node->command = NULL;
}

static unsigned exec_gives(const struct node *node, unsigned taken)
{
    (void)node;
    return taken == FLOW_BYTES ? FLOW_BYTES : FLOW_RESULTS;
}

static const char *exec_note(const struct node *node)
{
    return node->before->gives == FLOW_BYTES ? "all bytes go through one process"
                                             : "a process an item, one after the other";
}

const struct entry weir_pl_entry_exec = {
    .name = "exec",
    .reach = WEIR_ALLOW_EXEC,
    .usage = "exec 'COMMAND'",
    .does = "run a command for each line, batch or record, or pass bytes through one",
    .help =
        "Over lines, batches and records: a process each, which gives what it wrote, whole. {} is "
        "the\n"
        "line, {.} the line without its suffix, {/} its last name, {//} its directory, {/.} its\n"
        "last name without suffix, {#} its number; where nothing of it is said it becomes the\n"
        "last argument. Of a batch {} is an argument for each of its lines, of a record it is\n"
        "its JSON on one line.\n"
        "No shell sees it: blanks part it, '...', \"...\" and \\ hold it together; a | or > is\n"
        "refused unless it stands in quotes. With a shell: exec 'sh -c \"...\"'.\n"
        "on-error=skip  leave out commands that fail: exit code 3; unsaid, all run and the exit\n"
        "               code is 1\n"
        "on-error=stop  end with the first that fails\n"
        "log=FILE       a row for each command, as GNU parallel's --joblog writes them\n"
        "resume         leave out what a row of the log says has ended well, and go on behind\n"
        "max=BYTES      the most that one may write, 1M without it; more is an error\n"
        "Over bytes: one process reads them, what it writes goes on, and it must succeed.",
    .example = "weir glob 'img/*.raw' ! par 4 exec 'convert {} {.}.png' ! print",
    .takes = FLOW_BYTES | FLOW_LINES | FLOW_BATCHES | FLOW_RECORDS,
    .gives = FLOW_BYTES | FLOW_RESULTS,
    .flow = "bytes or items -> results",
    .args =
        {[EXEC_COMMAND] =
             {.name = "COMMAND", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true},
         [EXEC_MAX] =
             {.name = "max", .kind = ARG_KEY, .type = ARG_BYTES, .min = 1, .max = WEIR_MIN_MAX},
         [EXEC_ON_ERROR] =
             {.name = "on-error", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "skip|stop"},
         [EXEC_LOG] = {.name = "log", .kind = ARG_KEY, .type = ARG_TEXT, .reach = WEIR_ALLOW_WRITE},
         [EXEC_RESUME] = {.name = "resume", .kind = ARG_WORD, .type = ARG_TEXT}},
    .copies = true,
    .build = build_exec,
    .build_par = build_commands,
    .check = check_exec,
    .plan = plan_exec,
    .gives_of = exec_gives,
    .drop = drop_exec,
    .note = exec_note,
};
