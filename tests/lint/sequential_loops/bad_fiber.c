/* A fiber that works off mails of a source of its own, which says that they are independent. */
#include <stdio.h>

#include <weir.h>

struct mail {
    char path[256];
    char to[128];
};

struct outbox {
    weir_stream *mails;
    weir_writer *relay;
    bool closed;
};

WEIR_MUST_PAR_SPAWN("each mail has a recipient of its own")
weir_stream *mails_of(const char *directory);

static bool deliver(struct outbox *box, const struct mail *mail, weir_error *error)
{
    if (!mail->to[0])
        return true;
    weir_writer *relay = weir_writer_by_ref(box->relay);
    return weir_await(weir_copy(weir_file_reader(mail->path), relay), NULL, error) == WEIR_READY;
}

static bool run_outbox(struct outbox *box, uint64_t *sent, weir_error *error)
{
    *sent = 0;
    // lint-next: sequential_loops 5-17
    weir_for_try (struct mail, mail, mails_of("/var/spool/outbox"), *error) {
        if (box->closed)
            return true;
        if (mail.path[0] == '.')
            continue;
        if (!deliver(box, &mail, error))
            return false;
        ++*sent;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(run_outbox_fn, run_outbox, struct outbox, uint64_t)

weir_stream *outbox_start(struct outbox *box)
{
    return weir_go(&run_outbox_fn, box, NULL);
}
