/* What bytes come to by a hash, told at the end. */
#include <stdio.h>
#include <string.h>

#include "pipeline/room.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

static weir_hash_kind kind_of(const struct node *node)
{
    return node->entry == &weir_pl_entry_sha256 ? WEIR_SHA256
           : node->entry == &weir_pl_entry_xxh3 ? WEIR_XXH3
                                                : WEIR_CRC32;
}

static void build_hash(struct flow *flow, struct node *node)
{
    flow->reader = weir_hash(flow->reader, kind_of(node), node->own);
}

/* The name of the file whose bytes came as they stand, 'open' may have made others of them; or "-".
 */
static const char *hashed_name(const struct node *node)
{
    const struct node *before = node->before;
    bool plain = node->chain->sources == 1 && before == node->chain->nodes && before->path &&
                 before->end - before->first == 1;

    return plain ? before->path : "-";
}

/* As sha256sum has it: what would end the line is written with a backslash, and so is that. */
static size_t put_escaped(const char *name, char *out)
{
    size_t n = 0;

    for (; *name; name++) {
        bool special = strchr("\\\n\r", *name);
        if (special)
            out[n++] = '\\';
        out[n++] = *name == '\n' ? 'n' : *name == '\r' ? 'r' : *name;
    }
    out[n] = 0;
    return n;
}

/* A digest and two blanks, as sha256sum writes them; a backslash before where the name has some.
 * NULL: no memory. */
static char *digest_line(const char *digest, const char *name)
{
    char *escaped = weir_pl_room_zeroed(2 * strlen(name) + 1, 1);
    const char *sign = escaped && put_escaped(name, escaped) > strlen(name) ? "\\" : "";
    char *harmless = escaped ? weir_pl_text_harmless(escaped) : NULL;
    size_t size = harmless ? strlen(digest) + strlen(harmless) + 4 : 0;
    char *line = harmless ? weir_pl_room_zeroed(size, 1) : NULL;

    if (line)
        snprintf(line, size, "%s%s  %s", sign, digest, harmless);
    weir_pl_room_free(harmless);
    weir_pl_room_free(escaped);
    return line;
}

static void tell_hash(const struct node *node, const struct words *words)
{
    const weir_digest *digest = node->own;

    if (!digest->done) {
        weir_pl_note_plain(words, NULL, "no %s: the input was not read to its end",
                           node->entry->name);
        return;
    }
    char *line = digest_line(digest->text, hashed_name(node));
    if (line)
        weir_pl_note_result(words, line);
    else
        weir_pl_note_no_memory(words);
    weir_pl_room_free(line);
}

static bool check_hash(struct node *node, const struct words *words)
{
    node->own = weir_pl_room_zeroed(1, sizeof(weir_digest));
    return node->own || weir_pl_note_no_memory(words);
}

/* Of the many that run at once each would tell. */
static bool plan_hash(struct node *node, const struct words *words)
{
    if (!node->chain->served)
        return true;
    weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                     "hash what arrived: tee it into a file",
                     "'%s' tells a digest at the end, and serve has none", node->entry->name);
    return false;
}

static const char *hash_note(const struct node *node)
{
    (void)node;
    return "told on stderr at the end";
}

#define HASH_HELP                                                                                  \
    "It goes to stderr when the chain is done: the digest, two blanks, and the file's name\n"      \
    "where the bytes are a file's as they stand; else -."

#define HASH_ENTRY(name_, does_, more_, example_, lacks_)                                          \
    const struct entry weir_pl_entry_##name_ = {                                                   \
        .name = #name_,                                                                            \
        .usage = #name_,                                                                           \
        .does = does_,                                                                             \
        .help = HASH_HELP more_,                                                                   \
        .lacks = lacks_,                                                                           \
        .example = example_,                                                                       \
        .takes = FLOW_BYTES,                                                                       \
        .gives = FLOW_BYTES,                                                                       \
        .build = build_hash,                                                                       \
        .check = check_hash,                                                                       \
        .plan = plan_hash,                                                                         \
        .tell = tell_hash,                                                                         \
        .note = hash_note,                                                                         \
    };

#ifdef WEIR_HAVE_OPENSSL
#define SHA256_LACKS NULL
#else
#define SHA256_LACKS "OpenSSL: -Dtls=enabled"
#endif
#ifdef WEIR_HAVE_XXHASH
#define XXH3_LACKS NULL
#else
#define XXH3_LACKS "libxxhash: -Dxxhash=enabled"
#endif

HASH_ENTRY(sha256, "pass bytes on, and tell their SHA-256", " sha256sum -c reads it.",
           "weir big.iso ! sha256 ! gzip ! big.iso.gz", SHA256_LACKS)
HASH_ENTRY(xxh3, "pass bytes on, and tell their XXH3, 64 bits",
           "\nAs xxhsum -H3, and as fast as memory; against damage, not against people.",
           "weir big.iso ! xxh3 ! null", XXH3_LACKS)
HASH_ENTRY(crc32, "pass bytes on, and tell their CRC-32", "\nAs gzip and zip have it.",
           "weir big.iso.gz ! gunzip ! crc32 ! null", NULL)
