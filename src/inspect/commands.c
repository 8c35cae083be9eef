/* What a client may say. */

#include <string.h>

#include "core/format.h"
#include "core/stage.h"
#include "inspect/answers.h"
#include "inspect/counsel.h"

enum { COMMANDS_MS = 1000000 };

/* ---- rows ---- */

static void commands_watch(struct weir_session *self, const struct weir_words *words)
{
    uint64_t ms = WEIR_INSPECT_PERIOD_MS;
    if (words->n > 1 && !weir_words_number(words->word[1], WEIR_INSPECT_PERIOD_MS_MIN,
                                           WEIR_INSPECT_PERIOD_MS_MAX, &ms)) {
        weir_session_refuse(self, "watch", "a period is %d to %d ms", WEIR_INSPECT_PERIOD_MS_MIN,
                            WEIR_INSPECT_PERIOD_MS_MAX);
        return;
    }
    if (!self->period_ns)
        weir_export_watch(self->of);
    weir_export_read_machine(self->of);
    weir_export_calibrate(self->of);
    self->period_ns = ms * COMMANDS_MS;
    self->due_ns = weir_after_ns(self->now_ns, self->period_ns);
    weir_session_read(self, true);
}

/* A worker that is in the same turn a while later may be stuck, which is known when it is seen for
 * long enough: who asks once is told of it too. */
#define SAME_EVERY_NS UINT64_C(100000000)

static bool next_of_snapshot(struct weir_session *self, weir_json_out *line)
{
    enum { FIRST, LOOKS, OVER };
    struct weir_answer *answer = &self->answer;
    (void)line;
    if (answer->at == OVER)
        return false;
    if (answer->at == LOOKS) {
        weir_known_read_turns(&self->known, self->of);
        self->turns_told = 0;
    }
    bool same = answer->at == FIRST || self->known.same_ns > SAME_EVERY_NS / 2;
    answer->at = same ? LOOKS : OVER; /* turns are told before it is over */
    answer->due_ns = same ? weir_after_ns(self->now_ns, SAME_EVERY_NS) : 0;
    return true;
}

static void commands_snapshot(struct weir_session *self, const struct weir_words *words)
{
    struct weir_answer answer = {.of = "snapshot"};
    (void)words;
    weir_session_read(self, true);
    if (self->known.same_ns)
        answer.next = next_of_snapshot;
    weir_session_answer(self, answer);
}

/* ---- the graph ---- */

static void say_label(weir_json_out *to, const struct weir_known_row *known)
{
    const weir_site *place = known->row.place;
    char number[WEIR_PLACE_BYTES] = "";
    weir_say(to, known->row.stage);
    weir_say(to, known->row.function ? " " : "");
    weir_say(to, known->row.function ? known->row.function : "");
    if (!place)
        return;
    weir_format(number, sizeof number, ":%u", place->line);
    weir_say(to, "\\n");
    weir_say(to, weir_site_file(place));
    weir_say(to, number);
}

/* A node of it, and its edge. */
static void say_node(const struct weir_known *known, size_t id, weir_json_out *to)
{
    char text[64];
    size_t over = weir_known_over(known, id);
    weir_format(text, sizeof text, "  s%zu [label=\"", id);
    weir_say(to, text);
    say_label(to, &known->rows[id]);
    weir_say(to, "\"];");
    if (over == SIZE_MAX)
        return;
    weir_format(text, sizeof text, " s%zu -> s%zu;", id, over);
    weir_say(to, text);
}

static bool next_of_dot(struct weir_session *self, weir_json_out *line)
{
    unsigned char place[2 * WEIR_PLACE_BYTES + 256];
    weir_json_out text = {place, sizeof place, 0};
    size_t at = self->answer.at++;
    if (!at)
        weir_say(&text, "digraph weir { rankdir=LR; node [shape=box];");
    else if (at <= self->known.n)
        say_node(&self->known, at - 1, &text);
    else
        weir_say(&text, "}");
    weir_say_begin(line, "dot");
    weir_say_bytes(line, "text", place, text.n < sizeof place ? text.n : sizeof place);
    return at <= self->known.n;
}

static void dot(struct weir_session *self, const struct weir_words *words)
{
    (void)words;
    weir_known_read(&self->known, self->of);
    weir_session_answer(self, (struct weir_answer){.of = "dot", .next = next_of_dot});
}

/* ---- the others ---- */

static void quit(struct weir_session *self, const struct weir_words *words)
{
    (void)words;
    weir_session_end(self, "the client said quit");
}

static const struct command {
    const char *name;
    size_t least, most; /* words, with the name */
    bool waits;         /* its answer takes its time */
    void (*obey)(struct weir_session *self, const struct weir_words *words);
} commands_commands[] = {
    {"watch", 1, 2, false, commands_watch},
    {"snapshot", 1, 1, true, commands_snapshot},
    {"tasks", 1, 1, true, weir_answer_tasks},
    {"dot", 1, 1, true, dot},
    {"machine", 1, 1, true, weir_answer_machine},
    {"advice", 1, 1, true, weir_answer_advice},
    {"trace", 2, 2, true, weir_answer_trace},
    {"set", 4, 4, true, weir_answer_set},
    {"trial", 4, 4, true, weir_answer_trial},
    {"tap", 2, 3, true, weir_answer_tap},
    {"quit", 1, 1, false, quit},
};

static const struct command *commands_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands_commands / sizeof *commands_commands; i++)
        if (!strcmp(commands_commands[i].name, name))
            return &commands_commands[i];
    return NULL;
}

/* "it has 3 words after it, not 1" */
static void refuse_words(struct weir_session *self, const struct command *command, size_t n)
{
    size_t least = command->least - 1, most = command->most - 1;
    if (least == most)
        weir_session_refuse(self, command->name, "it has %zu word%s after it, not %zu", most,
                            most == 1 ? "" : "s", n - 1);
    else
        weir_session_refuse(self, command->name, "it has %zu to %zu words after it, not %zu", least,
                            most, n - 1);
}

void weir_session_obey(struct weir_session *self, const struct weir_words *words)
{
    const char *name = words->word[0];
    const struct command *command = commands_find(name);
    if (!command)
        weir_session_refuse(self, name, "there is no such command");
    else if (words->n < command->least || words->n > command->most)
        refuse_words(self, command, words->n);
    else if (command->waits && self->answer.of)
        weir_session_refuse(self, name, "%s is being answered", self->answer.of);
    else
        command->obey(self, words);
}
