/* The ends of a pipeline of a text: what its caller gave for '-', each of which is there once.
 * While it is measured something stands in their place. */
#include "pipeline/stages.h"
#include "pipeline/text_host.h"

static void build_input(struct flow *flow, struct node *node)
{
    weir_pipeline *self = weir_pl_of(node->chain->words);

    if (!self->runs) {
        flow->reader = weir_memory_reader(NULL, 0);
        return;
    }
    flow->reader = self->input;
    self->input = NULL;
    if (!flow->reader)
        flow->reader =
            weir_reader_refused(WEIR_E_ARGUMENT, NULL, "'-' was read already", NULL, NULL, 0);
}

static weir_writer *output_writer(struct node *node)
{
    weir_pipeline *self = weir_pl_of(node->chain->words);
    weir_writer *writer = self->output;

    if (!self->runs)
        return weir_null_writer();
    self->output = NULL;
    return writer ? writer
                  : weir_writer_refused(WEIR_E_ARGUMENT, NULL, "'-' was written already", NULL,
                                        NULL, 0);
}

static weir_writer *no_writer(struct node *node)
{
    (void)node;
    return weir_null_writer();
}

static const char *input_note(const struct node *node)
{
    (void)node;
    return "what the program gives";
}

static const char *output_note(const struct node *node)
{
    (void)node;
    return "what the program takes";
}

const struct entry weir_pl_entry_input = {
    .usage = "-",
    .gives = FLOW_BYTES,
    .copies = true,
    .build = build_input,
    .note = input_note,
};

const struct entry weir_pl_entry_output = {
    .usage = "-",
    .takes = FLOW_BYTES | FLOW_ITEMS,
    .sink = output_writer,
    .note = output_note,
};

const struct entry weir_pl_entry_open_end = {
    .usage = "-",
    .takes = FLOW_BYTES | FLOW_EACH,
    .sink = no_writer,
    .note = output_note,
};
