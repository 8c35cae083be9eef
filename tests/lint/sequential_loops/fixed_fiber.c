/* The fiber runs a parallel loop, and each mail opens its own way to the relay. */
#include <stdio.h>

#include <weir.h>

struct mail {
    char path[256];
    char to[128];
};

struct outbox {
    const char *relay;
    bool closed;
    uint64_t sent;
};

WEIR_MUST_PAR_SPAWN("each mail has a recipient of its own")
weir_stream *mails_of(const char *directory);

WEIR_TRY_PAR_FN(deliver, struct mail, mail, struct outbox *, box, error)
{
    if (box->closed || mail.path[0] == '.' || !mail.to[0])
        return true;
    weir_duplex relay = weir_dial(box->relay, NULL);
    weir_drop(relay.reader);
    if (weir_await(weir_copy(weir_file_reader(mail.path), relay.writer), NULL, error) != WEIR_READY)
        return false;
    __atomic_add_fetch(&box->sent, 1, __ATOMIC_RELAXED);
    return true;
}

static bool run_outbox(struct outbox *box, uint64_t *sent, weir_error *error)
{
    weir_stream *done = weir_par_for_each(mails_of("/var/spool/outbox"), &deliver, box, 64, NULL);
    weir_state got = weir_await(done, NULL, error);
    *sent = box->sent;
    return got != WEIR_ERROR;
}
WEIR_FIBER_FN(run_outbox_fn, run_outbox, struct outbox, uint64_t)

weir_stream *outbox_start(struct outbox *box)
{
    return weir_go(&run_outbox_fn, box, NULL);
}
