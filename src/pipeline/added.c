/* A program's own stages: a list that grows at its end and never shrinks, so that whoever reads it
 * needs no lock. */
#include "pipeline/added.h"

#include <stdatomic.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/pipeline.h"
#include "pipeline/room.h"

struct added {
    struct entry entry;
    weir_entry said;
    _Atomic(struct added *) next;
};

static _Atomic(struct added *) added_first;

/* What flows by a name of include/weir/pipeline.h. */
enum { NAMED_FLOWS = WEIR_FLOW_BYTES | WEIR_FLOW_LINES | WEIR_FLOW_BATCHES | WEIR_FLOW_RECORDS };

static struct added *added_of(const struct entry *entry)
{
    return WEIR_CONTAINER(entry, struct added, entry);
}

const struct entry *weir_pl_added_next(const struct entry *after)
{
    struct added *next = after ? atomic_load(&added_of(after)->next) : atomic_load(&added_first);
    return next ? &next->entry : NULL;
}

/* ---- as one of the command's ---- */

/* The words behind the name, for make and check. */
struct added_words {
    size_t n;
    const char *at[WEIR_WORDS_MAX];
};

static bool added_check(struct node *node, const struct words *words)
{
    const weir_entry *said = &added_of(node->entry)->said;
    struct added_words *own = weir_pl_room_zeroed(1, sizeof *own);

    node->own = own;
    if (!own)
        return weir_pl_note_no_memory(words);
    for (; own->n < said->words_max && node->args[own->n].given; own->n++)
        own->at[own->n] = node->args[own->n].text;
    const char *wrong = said->check ? said->check(own->at, own->n, said->arg) : NULL;
    if (wrong)
        weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                         node->entry->usage, "%s", wrong);
    return !wrong;
}

/* The stages behind it look at no type any more: they take its items for what they were called. */
static const char *misfit_of_items(unsigned gives, const weir_stream *stream)
{
    const weir_type *type = stream->type;

    if (gives == WEIR_FLOW_BYTES)
        return "items, not bytes";
    if (weir_stage_failed(&stream->stage))
        return NULL;
    if (gives == WEIR_FLOW_LINES &&
        !(weir_type_fits(type, &weir_type_line) || weir_type_fits(type, &weir_type_owned_line)))
        return "items that are no lines";
    if (gives == WEIR_FLOW_BATCHES && !weir_type_fits(type, &weir_type_vec))
        return "items that are no batches";
    if (gives == WEIR_FLOW_RECORDS && !type->record)
        return "items that are no records";
    if (gives == WEIR_FLOW_NOTHING && !weir_type_fits(type, &weir_type_u64))
        return "a future of something else than uint64_t";
    return NULL;
}

/* What `make` gave, where it is not what its entry says. NULL: it is. */
static const char *misfit_of(unsigned gives, const weir_flow *made)
{
    if (!made->reader && !made->stream)
        return "nothing";
    if (made->reader && made->stream)
        return "bytes and items at once";
    if (made->stream)
        return misfit_of_items(gives, made->stream);
    return gives == WEIR_FLOW_BYTES     ? NULL
           : gives == WEIR_FLOW_NOTHING ? "bytes, not a future"
                                        : "bytes, not items";
}

/* An error in its place, of the kind that what follows takes. */
static weir_flow refuse_made(const weir_entry *said, weir_flow made, const char *misfit)
{
    static const char fields[] = "its make sets .reader to bytes, or .stream to all else";
    static const char types[] = "put a weir_map() into its make, or say in .gives what they are";
    bool typed = made.stream && !made.reader && said->gives != WEIR_FLOW_BYTES;
    const char *cure = typed ? types : fields;
    static const char format[] = "the program's '%s' gave %s";

    weir_drop(made.reader);
    weir_drop(made.stream);
    if (said->gives == WEIR_FLOW_BYTES)
        return (weir_flow){
            .reader = weir_reader_refused(WEIR_E_ARGUMENT, cure, format, said->name, misfit, 0)};
    return (weir_flow){
        .stream = weir_stream_refused(WEIR_E_ARGUMENT, cure, format, said->name, misfit, 0)};
}

/* What a vec holds is known when it is there. */
static bool lines_of(weir_vec batch, weir_vec *out, void *arg, weir_error *error)
{
    const weir_entry *said = arg;

    if (batch.n && !weir_type_fits(batch.of, &weir_type_owned_line)) {
        weir_error_set(error, WEIR_E_TYPE, "the program's '%s' gave a batch of '%s', not of lines",
                       said->name, batch.of->name);
        weir_vec_drop(&batch);
        return false;
    }
    *out = batch;
    return true;
}
WEIR_TRY_MAP_FN(lines_of_fn, lines_of, weir_vec, weir_vec)

/* What is before it may be gone: whether `make` kept it is the program's, and cannot be seen. So
 * what all of it holds is told of this stage. */
static void forget_before(const struct node *node)
{
    for (struct node *before = node->chain->nodes; before < node; before++)
        before->stage = before->source = NULL;
}

static void added_build(struct flow *flow, struct node *node)
{
    const weir_entry *said = &added_of(node->entry)->said;
    const struct added_words *own = node->own;
    weir_flow made =
        said->make((weir_flow){flow->reader, flow->stream}, own->at, own->n, said->arg);
    const char *misfit = misfit_of(said->gives, &made);

    if (misfit)
        made = refuse_made(said, made, misfit);
    else if (said->gives == WEIR_FLOW_BATCHES)
        made.stream = weir_map(made.stream, &lines_of_fn, (void *)(uintptr_t)said);
    forget_before(node);
    *flow = (struct flow){made.reader, made.stream};
}

static weir_stream *added_consume(struct flow *flow, struct node *node)
{
    added_build(flow, node);
    return flow->stream;
}

static void added_fill(struct added *added)
{
    static const char *const names[WEIR_WORDS_MAX] = {"WORD", "WORD", "WORD", "WORD",
                                                      "WORD", "WORD", "WORD", "WORD"};
    const weir_entry *said = &added->said;
    struct entry *entry = &added->entry;
    bool sink = said->gives == WEIR_FLOW_NOTHING;

    *entry = (struct entry){.name = said->name,
                            .usage = said->usage,
                            .does = said->does,
                            .help = said->help,
                            .reach = said->allow,
                            .takes = said->takes,
                            .gives = said->gives,
                            .copies = true,
                            .build = sink ? NULL : added_build,
                            .consume = sink ? added_consume : NULL,
                            .check = added_check,
                            .verbatim = true};
    for (size_t i = 0; i < said->words_max; i++)
        entry->args[i] = (struct arg_spec){
            .name = names[i], .kind = ARG_VALUE, .type = ARG_TEXT, .required = i < said->words_min};
}

/* ---- adding ---- */

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

    return name && *name && strchr(letters, *name) &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

/* One of the kinds that it may give; bits of those that it may take. */
static bool has_flows(const weir_entry *said)
{
    return !((said->takes | said->gives) & ~(unsigned)NAMED_FLOWS) &&
           !(said->gives & (said->gives - 1)) && (said->takes || said->gives);
}

static bool is_right(const weir_entry *said)
{
    return is_name(said->name) && said->usage && said->does && said->make && has_flows(said) &&
           said->words_max <= WEIR_WORDS_MAX && said->words_min <= said->words_max &&
           !(said->allow & ~(unsigned)ALLOW_ALL);
}

/* false: there is one of that name. */
static bool append(struct added *added)
{
    _Atomic(struct added *) *end = &added_first;
    struct added *none = NULL;

    for (;;) {
        while (atomic_load(end)) {
            if (!strcmp(atomic_load(end)->said.name, added->said.name))
                return false;
            end = &atomic_load(end)->next;
        }
        if (atomic_compare_exchange_strong(end, &none, added))
            return true;
        none = NULL;
    }
}

bool weir_catalogue_add(const weir_entry *entry)
{
    weir_entry said = {0};

    memcpy(&said, entry, entry->size < sizeof said ? entry->size : sizeof said);
    if (!is_right(&said) || weir_pl_catalogue_find(said.name))
        return false;
    struct added *added = weir_pl_room_zeroed(1, sizeof *added);
    if (!added)
        return false;
    added->said = said;
    added_fill(added);
    if (append(added))
        return true;
    weir_pl_room_free(added);
    return false;
}

bool weir_catalogue_next(size_t *at, weir_entry *entry)
{
    const struct entry *found = weir_pl_catalogue_at(*at);

    if (!found)
        return false;
    ++*at;
    *entry = (weir_entry){.size = sizeof *entry,
                          .allow = found->reach,
                          .name = found->name,
                          .usage = found->usage,
                          .does = found->does,
                          .help = found->help,
                          .takes = found->takes & NAMED_FLOWS,
                          .gives = found->gives & NAMED_FLOWS};
    if (found->check == added_check)
        *entry = added_of(found)->said;
    return true;
}
