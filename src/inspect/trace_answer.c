/* The answer to `trace`: events of a trace as Chrome and Perfetto read them. One track a worker, a
 * slice on it and an asynchronous one of the task a turn, an arrow from where a task became ready
 * to the turn in which it is polled. */

#include <string.h>
#include <unistd.h>

#include "core/format.h"
#include "inspect/answers.h"
#include "inspect/trace.h"
#include "task/workers.h"
#include "weir/alloc.h"

enum { TRACKS_MAX = 64, FLOWS = 1024, TRACE_ANSWER_TAKEN_MAX = 64, SECONDS_MAX = 60 };
#define S_NS UINT64_C(1000000000)
#define TRACE_ANSWER_LOOK_EVERY_NS UINT64_C(20000000)

/* What is to be said of an event, in this order. */
enum { SAY_TRACK = 1, SAY_TURN = 2, SAY_TASK = 4, SAY_FLOW = 8, SAY_LOST = 16 };

struct track {
    uint64_t rt;
    size_t worker;
    bool told, open; /* a turn was begun */
    struct weir_trace_event turn;
};

/* A task that became ready, and whose turn did not begin yet. */
struct flow {
    uint64_t task, ready_ns, id; /* id 0: none */
    size_t track;
};

struct tracing {
    struct weir_export *of;
    uint64_t ends_ns;
    uint64_t flows_n, lost;
    struct track tracks[TRACKS_MAX];
    size_t tracks_n;
    size_t next_track; /* whose events are taken next */
    struct flow flows[FLOWS];
    struct weir_trace_event taken[TRACE_ANSWER_TAKEN_MAX];
    size_t taken_n, taken_at, track; /* track: whose they are */
    struct weir_trace_event now;     /* what is said */
    unsigned to_say;                 /* of that */
    uint64_t flow;
    bool off;  /* no more events are put */
    bool over; /* ... and all were taken */
};

/* ---- what is read ---- */

static size_t track_of(struct tracing *self, uint64_t rt, size_t worker)
{
    for (size_t i = 0; i < self->tracks_n; i++)
        if (self->tracks[i].rt == rt && self->tracks[i].worker == worker)
            return i;
    if (self->tracks_n == TRACKS_MAX)
        return TRACKS_MAX;
    self->tracks[self->tracks_n] = (struct track){.rt = rt, .worker = worker};
    return self->tracks_n++;
}

/* Calls it for each worker that is looked at. */
static void for_each_track(struct tracing *self,
                           bool (*fn)(struct tracing *self, struct weir_trace *trace, size_t track))
{
    struct weir_exported all;
    bool on = true;
    weir_export_borrow(self->of, &all);
    for (size_t i = 0; i < all.n; i++) {
        for (size_t k = 0; on && k < weir_rt_workers(all.rts[i]); k++) {
            struct weir_trace *trace = weir_inspect_trace(all.rts[i], k);
            size_t track = trace ? track_of(self, all.rts[i]->number, k) : TRACKS_MAX;
            on = track == TRACKS_MAX || fn(self, trace, track);
        }
    }
    weir_export_give_back(&all);
}

/* A worker that came later begins now. The first that has events is read, each in its turn. */
static bool trace_answer_take(struct tracing *self, struct weir_trace *trace, size_t track)
{
    if (!self->off && !atomic_load_explicit(&trace->on, memory_order_relaxed))
        weir_trace_set(trace, true);
    if (self->taken_n || track < self->next_track)
        return true;
    self->taken_n = weir_trace_take(trace, self->taken, TRACE_ANSWER_TAKEN_MAX);
    self->track = track;
    return true;
}

static bool trace_answer_stop(struct tracing *self, struct weir_trace *trace, size_t track)
{
    (void)track;
    weir_trace_set(trace, false);
    self->lost += atomic_load_explicit(&trace->lost, memory_order_relaxed);
    return true;
}

static bool trace_answer_take_more(struct tracing *self)
{
    self->taken_at = self->taken_n = 0;
    for_each_track(self, trace_answer_take);
    if (!self->taken_n && self->next_track) {
        self->next_track = 0;
        for_each_track(self, trace_answer_take);
    }
    self->next_track = self->track + 1;
    return self->taken_n;
}

/* ---- what an event means ---- */

static struct flow *flow_of(struct tracing *self, size_t track, uint64_t task)
{
    return &self->flows[(track * 131 + task) % FLOWS];
}

static unsigned note_ready(struct tracing *self, const struct weir_trace_event *event)
{
    struct flow *flow = flow_of(self, self->track, event->task);
    *flow = (struct flow){event->task, event->at_ns, ++self->flows_n, self->track};
    self->flow = flow->id;
    return SAY_FLOW;
}

static unsigned note_begin(struct tracing *self, const struct weir_trace_event *event)
{
    struct flow *flow = flow_of(self, self->track, event->task);
    bool known = flow->id && flow->task == event->task && flow->track == self->track &&
                 flow->ready_ns == event->ready_ns;
    self->tracks[self->track].open = true;
    self->tracks[self->track].turn = *event;
    self->flow = flow->id;
    flow->id = known ? 0 : flow->id;
    return SAY_TURN | SAY_TASK | (known ? SAY_FLOW : 0);
}

/* One that had begun before the trace did is left out. */
static unsigned trace_answer_note_end(struct tracing *self)
{
    bool open = self->tracks[self->track].open;
    self->tracks[self->track].open = false;
    return open ? SAY_TURN | SAY_TASK : 0;
}

static void trace_answer_note(struct tracing *self, struct weir_trace_event now)
{
    const struct weir_trace_event *event = &self->now;
    struct track *track = &self->tracks[self->track];
    self->now = now;
    if (event->kind == WEIR_TRACE_READY)
        self->to_say = note_ready(self, event);
    else if (event->kind == WEIR_TRACE_BEGINS)
        self->to_say = note_begin(self, event);
    else
        self->to_say = trace_answer_note_end(self);
    self->to_say |= track->told ? 0 : SAY_TRACK;
    track->told = true;
}

/* ---- what is said ---- */

static void say_event(weir_json_out *line, const char *phase)
{
    weir_say_begin(line, "trace");
    weir_say_key(line, "event");
    weir_say(line, "{\"ph\":\"");
    weir_say(line, phase);
    weir_say(line, "\"");
    weir_say_number(line, "pid", (uint64_t)getpid());
}

static void say_when(const struct tracing *self, weir_json_out *line, uint64_t at_ns)
{
    char thousandths[] = {'.', (char)('0' + at_ns % 1000 / 100), (char)('0' + at_ns % 100 / 10),
                          (char)('0' + at_ns % 10), 0};
    weir_say_number(line, "tid", self->track);
    weir_say_number(line, "ts", at_ns / 1000);
    weir_say(line, thousandths);
}

static void say_track(const struct tracing *self, weir_json_out *line)
{
    const struct track *track = &self->tracks[self->track];
    char name[64];
    weir_format(name, sizeof name, "runtime %llu, worker %zu", (unsigned long long)track->rt,
                track->worker);
    say_event(line, "M");
    weir_say_number(line, "tid", self->track);
    weir_say_text(line, "name", "thread_name");
    weir_say(line, ",\"args\":{\"name\":");
    weir_say_string(line, name, strlen(name));
    weir_say(line, "}}");
}

/* Of the turn on its track. */
static void say_slice(const struct tracing *self, weir_json_out *line, const char *phase)
{
    const struct weir_trace_event *turn = &self->tracks[self->track].turn;
    bool task = phase[0] == 'b' || phase[0] == 'e';
    say_event(line, phase);
    say_when(self, line, self->now.at_ns);
    weir_say_text(line, "name", turn->stage);
    weir_say_text(line, "cat", task ? "task" : "turn");
    if (task)
        weir_say_number(line, "id", ((uint64_t)self->track << 40) + turn->task);
    if (phase[0] == 'B') {
        weir_say(line, ",\"args\":{\"task\":");
        weir_say_decimal(line, turn->task);
        weir_say_site(line, "place", turn->place);
        weir_say(line, "}");
    }
    weir_say(line, "}");
}

static void say_flow(const struct tracing *self, weir_json_out *line)
{
    bool begins = self->now.kind == WEIR_TRACE_READY;
    say_event(line, begins ? "s" : "f");
    say_when(self, line, self->now.at_ns);
    weir_say_text(line, "name", "ready");
    weir_say_text(line, "cat", "ready");
    weir_say_number(line, "id", self->flow);
    weir_say(line, begins ? "}" : ",\"bp\":\"e\"}");
}

static void say_lost(const struct tracing *self, weir_json_out *line)
{
    say_event(line, "i");
    say_when(self, line, self->now.at_ns);
    weir_say_text(line, "name", "events were lost");
    weir_say_text(line, "s", "g");
    weir_say(line, ",\"args\":{\"n\":");
    weir_say_decimal(line, self->lost);
    weir_say(line, "}}");
}

static void say_one(struct tracing *self, weir_json_out *line)
{
    unsigned one = self->to_say & -self->to_say;
    bool begins = self->now.kind == WEIR_TRACE_BEGINS;
    self->to_say &= ~one;
    if (one == SAY_TRACK)
        say_track(self, line);
    else if (one == SAY_TURN)
        say_slice(self, line, begins ? "B" : "E");
    else if (one == SAY_TASK)
        say_slice(self, line, begins ? "b" : "e");
    else if (one == SAY_FLOW)
        say_flow(self, line);
    else
        say_lost(self, line);
}

/* ---- the answer ---- */

static struct weir_trace_event end_at(const struct track *track, uint64_t at_ns)
{
    at_ns = at_ns > track->turn.at_ns ? at_ns : track->turn.at_ns;
    return (struct weir_trace_event){.kind = WEIR_TRACE_ENDS, .at_ns = at_ns};
}

/* What is open ends with the trace. True: there was one. */
static bool trace_answer_close_one(struct tracing *self)
{
    for (size_t i = 0; i < self->tracks_n; i++) {
        if (!self->tracks[i].open)
            continue;
        self->track = i;
        trace_answer_note(self, end_at(&self->tracks[i], self->ends_ns));
        return true;
    }
    return false;
}

/* Where an end was lost the next turn is one. */
static void note_next(struct tracing *self)
{
    struct weir_trace_event next = self->taken[self->taken_at];
    const struct track *track = &self->tracks[self->track];
    if (next.kind == WEIR_TRACE_BEGINS && track->open) {
        trace_answer_note(self, end_at(track, next.at_ns));
        return;
    }
    self->taken_at++;
    trace_answer_note(self, next);
}

static void trace_answer_finish(struct tracing *self)
{
    self->over = true;
    self->now.at_ns = self->ends_ns;
    self->to_say = self->lost ? SAY_LOST : 0;
}

/* However many come: when its time is over there are no more. */
static bool take_in_time(struct tracing *self)
{
    if (!self->off && self->of->sys->now_ns(self->of->sys) >= self->ends_ns) {
        self->off = true;
        for_each_track(self, trace_answer_stop);
    }
    return !self->over && trace_answer_take_more(self);
}

/* True: there is something to say. */
static bool find_event(struct tracing *self)
{
    while (!self->to_say) {
        if (self->taken_at < self->taken_n || take_in_time(self))
            note_next(self);
        else if (!self->off)
            return false;
        else if (!self->over)
            trace_answer_finish(self);
        else if (!trace_answer_close_one(self))
            return false;
    }
    return true;
}

static bool next_of_trace(struct weir_session *session, weir_json_out *line)
{
    struct tracing *self = session->answer.state;
    if (find_event(self)) {
        say_one(self, line);
        return true;
    }
    session->answer.due_ns = weir_after_ns(session->now_ns, TRACE_ANSWER_LOOK_EVERY_NS);
    return !self->over;
}

static void trace_answer_drop(void *state)
{
    struct tracing *self = state;
    if (!self->off)
        for_each_track(self, trace_answer_stop);
    weir_export_unwatch(self->of);
    atomic_store(&self->of->traced, false);
    weir_release(self, sizeof *self);
}

/* NULL: another client has one; or no memory. */
static struct tracing *trace_answer_begin(struct weir_session *session, uint64_t seconds)
{
    if (atomic_exchange(&session->of->traced, true)) {
        weir_session_refuse(session, "trace", "another client is told of a trace");
        return NULL;
    }
    struct tracing *self = weir_allocate(sizeof *self);
    if (!self) {
        atomic_store(&session->of->traced, false);
        weir_session_refuse(session, "trace", "no memory for it (%zu bytes)", sizeof *self);
        return NULL;
    }
    memset(self, 0, sizeof *self);
    self->of = session->of;
    self->ends_ns = weir_after_ns(self->of->sys->now_ns(self->of->sys), seconds * S_NS);
    weir_export_watch(self->of);
    return self;
}

void weir_answer_trace(struct weir_session *session, const struct weir_words *words)
{
    uint64_t seconds;
    if (!weir_words_number(words->word[1], 1, SECONDS_MAX, &seconds)) {
        weir_session_refuse(session, "trace", "it takes 1 to %d seconds", SECONDS_MAX);
        return;
    }
    struct tracing *self = trace_answer_begin(session, seconds);
    if (self)
        weir_session_answer(session, (struct weir_answer){.of = "trace",
                                                          .next = next_of_trace,
                                                          .state = self,
                                                          .drop = trace_answer_drop});
}
