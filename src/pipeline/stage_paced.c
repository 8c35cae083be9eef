/* Stages over bytes that have to do with time, or with how far ahead they run. */
#include <stdio.h>

#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

enum { SECOND_NS = 1000000000 };

/* A tenth of a second's worth may come at once: evenly for who looks, and few wake-ups. */
static uint64_t burst(uint64_t bytes_per_s)
{
    return bytes_per_s / 10 + 1;
}

static void build_rate(struct flow *flow, struct node *node)
{
    uint64_t bytes_per_s = node->args[0].number;
    flow->reader = weir_rate_bytes(flow->reader, bytes_per_s, burst(bytes_per_s));
}

const struct entry weir_pl_entry_rate = {
    .name = "rate",
    .usage = "rate BYTES",
    .does = "let so many bytes pass a second",
    .help = "K, M and G count in 1024. A tenth of a second's worth may come at once. Of items the\n"
            "same is 'throttle'.",
    .example = "weir dump.sql.gz ! gunzip ! rate 20M ! dump.sql",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {{.name = "BYTES",
              .kind = ARG_VALUE,
              .type = ARG_BYTES,
              .required = true,
              .min = 1,
              .max = UINT64_MAX / SECOND_NS}},
    .build = build_rate,
};

static void build_buffer(struct flow *flow, struct node *node)
{
    flow->reader = weir_buffer_bytes(flow->reader, (size_t)node->args[0].number);
}

static const char *buffer_note(const struct node *node)
{
    (void)node;
    return "reads ahead while what is behind it waits";
}

const struct entry weir_pl_entry_buffer = {
    .name = "buffer",
    .usage = "buffer BYTES",
    .does = "read ahead, so far that BYTES are held",
    .help = "What comes while the sink cannot take it is held; what is held is taken as needed.",
    .example = "weir - ! buffer 256M ! recv.bin",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {{.name = "BYTES",
              .kind = ARG_VALUE,
              .type = ARG_BYTES,
              .required = true,
              .min = 1,
              .max = SIZE_MAX / 2}},
    .copies = true,
    .build = build_buffer,
    .note = buffer_note,
};

static void build_timeout(struct flow *flow, struct node *node)
{
    flow->reader = weir_read_timeout(flow->reader, node->args[0].number);
}

const struct entry weir_pl_entry_timeout = {
    .name = "timeout",
    .usage = "timeout TIME",
    .does = "fail where nothing comes for so long",
    .help = "TIME  500ms, 10s, 5m, 1h. Each byte begins it anew; what was not asked for does not "
            "count.\n"
            "The exit code is 4 then.",
    .example = "weir tcp-listen:9000 ! timeout 30s ! recv.bin",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {{.name = "TIME", .kind = ARG_VALUE, .type = ARG_TIME, .required = true}},
    .build = build_timeout,
};

/* ---- meter ---- */

enum { METER_NAME, METER_EVERY };
#define METER_AT_END (UINT64_C(1000000000) * 3600 * 24 * 365 * 100)

static uint64_t a_second(uint64_t bytes, uint64_t ns)
{
    return ns ? (uint64_t)((double)bytes * SECOND_NS / (double)ns) : 0;
}

static void tell(void *arg, const weir_metered *metered)
{
    const struct node *node = arg;
    const struct arg *name = &node->args[METER_NAME];
    char bytes[TEXT_NUMBER_BYTES], time[TEXT_NUMBER_BYTES], speed[TEXT_NUMBER_BYTES];
    bool now = !metered->over;
    uint64_t per_s = now ? a_second(metered->bytes_since, metered->ns_since)
                         : a_second(metered->bytes, metered->ns);

    weir_pl_note_plain(
        node->chain->words, NULL, "%s: %s%s in %s, %s/s", name->given ? name->text : "meter",
        now ? "" : "in all ", weir_pl_text_amount(bytes, metered->bytes),
        weir_pl_text_duration(time, metered->ns / SECOND_NS), weir_pl_text_amount(speed, per_s));
}

static void build_meter(struct flow *flow, struct node *node)
{
    const struct arg *every = &node->args[METER_EVERY];
    flow->reader =
        weir_meter(flow->reader, tell, node, every->given ? every->number : METER_AT_END);
}

const struct entry weir_pl_entry_meter = {
    .name = "meter",
    .usage = "meter [NAME] [every=TIME]",
    .does = "tell on standard error how many bytes passed",
    .help = "At the end, and with every=TIME (500ms, 10s, 5m, 1h) also so often until then.",
    .example = "weir big.gz ! meter packed ! gunzip ! meter unpacked every=10s ! ./big",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {[METER_NAME] = {.name = "NAME", .kind = ARG_VALUE, .type = ARG_TEXT},
             [METER_EVERY] = {.name = "every", .kind = ARG_KEY, .type = ARG_TIME}},
    .build = build_meter,
};
