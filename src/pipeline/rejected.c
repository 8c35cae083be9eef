/* What was left out. */
#include "pipeline/rejected.h"

#include "pipeline/note.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"

/* What went to where a dead says. */
static bool tell_dead(const struct words *words, const struct node *node)
{
    unsigned long long n = node->rejected;

    if (n)
        weir_pl_note_plain(words, NULL,
                           n == 1 ? "%llu was rejected: it is in %s"
                                  : "%llu were rejected: they are in %s",
                           n, node->args[SINK_ARGS].text);
    return n;
}

bool weir_pl_rejected_tell(const struct pipeline *pipeline)
{
    const struct words *words = pipeline->words;
    unsigned long long rejected = 0, tried = 0;
    bool any = false;

    for (const struct node *node = pipeline->nodes; node->entry; node++) {
        const struct node *of = node->inner ? node->inner : node;
        if (of->entry == &weir_pl_entry_dead) {
            any |= tell_dead(words, of);
        } else if (of->entry == &weir_pl_entry_exec) {
            rejected += of->rejected;
            tried += of->rejected ? of->tried : 0;
        } else if (of->rejected && of->entry == &weir_pl_entry_http_get) {
            any = true;
            weir_pl_note_plain(words, NULL, "%llu of %llu requests failed, and were left out",
                               (unsigned long long)of->rejected, (unsigned long long)of->tried);
        } else if (of->rejected && of->entry == &weir_pl_entry_save) {
            any = true;
            weir_pl_note_plain(words, NULL, "%llu of %llu results were left out: they have no name",
                               (unsigned long long)of->rejected, (unsigned long long)of->tried);
        } else if (of->rejected) {
            any = true;
            weir_pl_note_plain(words, NULL, "%llu of %llu records were left out; the first: %s",
                               (unsigned long long)of->rejected, (unsigned long long)of->tried,
                               of->first_rejected ? of->first_rejected : "");
        }
    }
    if (rejected)
        weir_pl_note_plain(words, NULL, "%llu of %llu commands failed, and were left out", rejected,
                           tried);
    return rejected || any;
}
