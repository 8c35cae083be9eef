/* A server that is shut down in order: it takes no more requests, what it works at has a while to
 * be done, what is slower is given up, and what others still do for it is waited for. */

#include <stdio.h>

#include "weir.h"

enum { MS = 1000000, REQUESTS = 5, SLOW = 5 };

struct server {
    weir_stream *requests;
    weir_sender *answers;
    weir_token *accepting, *answering;
    weir_tracker *entries; /* that are being written to its log */
    int written;
};

/* ---- the log: tasks of their own, which no request waits for ---- */

static bool write_entry(struct server **self, int64_t *out, weir_error *error)
{
    *out = 0;
    if (weir_await(weir_sleep(MS), NULL, error) != WEIR_READY)
        return false;
    (*self)->written++;
    return true;
}
WEIR_FIBER_FN(write_entry_fn, write_entry, struct server *, int64_t)

static void log_request(struct server *self)
{
    weir_stream *entry = weir_fiber(&write_entry_fn, &self, NULL);
    weir_drop(weir_spawn(weir_tracker_track(self->entries, entry)));
}

/* ---- requests: they use what is the server's, and are gone before it ---- */

struct request {
    struct server *server;
    int64_t number;
};

static bool answer(struct request *self, int64_t *out, weir_error *error)
{
    uint64_t takes_ns = self->number == SLOW ? UINT64_MAX : (uint64_t)self->number * MS;
    *out = self->number;
    log_request(self->server);
    return weir_await(weir_sleep(takes_ns), NULL, error) == WEIR_READY &&
           weir_await(weir_send(self->server->answers, out), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(answer_fn, answer, struct request, int64_t)

static bool serve(struct server **state, int64_t *accepted, weir_error *error)
{
    struct server *self = *state;
    *accepted = 0;
    weir_scope (requests) {
        weir_for_await (int64_t, n, weir_until_cancelled(self->requests, self->accepting)) {
            weir_stream *answered = weir_fiber(&answer_fn, &((struct request){self, n}), NULL);
            weir_scope_spawn(&requests, weir_until_cancelled(answered, self->answering));
            ++*accepted;
        }
        puts("no more are accepted");
    }
    puts("none is under way");
    if (weir_take_error(error))
        printf("given up: %s\n", error->message);
    return true;
}
WEIR_FIBER_FN(serve_fn, serve, struct server *, int64_t)

/* ---- who uses it, and shuts it down ---- */

static void ask(weir_stream *answers, weir_sender *requests)
{
    weir_error error;
    int64_t n;
    for (n = 1; n <= REQUESTS; n++)
        (void)weir_await(weir_send(requests, &n), NULL, &error);
    for (int i = 1; i < REQUESTS && weir_await_next(answers, &n, &error) == WEIR_READY; i++)
        printf("request %lld is answered\n", (long long)n);
}

int main(void)
{
    weir_sender *requests, *answers;
    weir_token *all = weir_token_new(NULL); /* cancels both at once */
    struct server self = {weir_channel(&weir_type_i64, 2, &requests),
                          NULL,
                          weir_token_new(all),
                          weir_token_new(all),
                          weir_tracker_new(),
                          0};
    weir_stream *received = weir_channel(&weir_type_i64, 2, &answers);
    struct server *state = &self;
    self.answers = answers;
    weir_stream *served = weir_go(&serve_fn, &state, NULL);
    ask(received, requests);

    weir_token_cancel(self.accepting);
    weir_token_deadline(self.answering, weir_now_ns() + 20 * MS);
    weir_error error;
    int64_t accepted = 0;
    if (weir_await(served, &accepted, &error) == WEIR_READY)
        printf("%lld were accepted\n", (long long)accepted);
    weir_tracker_close(self.entries);
    if (weir_await(weir_tracker_wait(self.entries), NULL, &error) == WEIR_READY)
        printf("%d entries are in the log\n", self.written);

    weir_drop(received);
    weir_sender_drop(requests);
    weir_sender_drop(answers);
    weir_tracker_drop(self.entries);
    weir_token_drop(self.accepting);
    weir_token_drop(self.answering);
    weir_token_drop(all);
    return 0;
}
