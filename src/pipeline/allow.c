/* What a text may reach: the first of its words that goes further is refused. */
#include "pipeline/allow.h"

static const struct {
    unsigned bit;
    const char *does, *cure;
} reaches[] = {
    {WEIR_ALLOW_BROKERS, "loads the library of a broker", "WEIR_ALLOW_BROKERS, if this text may"},
    {WEIR_ALLOW_READ, "reads files", "WEIR_ALLOW_READ, if this text may"},
    {WEIR_ALLOW_WRITE, "writes files", "WEIR_ALLOW_WRITE, if this text may"},
    {WEIR_ALLOW_NET, "makes connections", "WEIR_ALLOW_NET, if this text may"},
    {WEIR_ALLOW_EXEC, "runs commands", "WEIR_ALLOW_EXEC, if this text may do anything at all"},
};

bool weir_pl_allow_reach(const struct words *words, size_t word, unsigned reach)
{
    unsigned missing = reach & ~words->host->allow;

    for (size_t i = 0; i < sizeof reaches / sizeof *reaches; i++) {
        if (!(missing & reaches[i].bit))
            continue;
        weir_pl_note_set(words, (struct span){word, word + 1}, (struct span){0, 0}, reaches[i].cure,
                         "'%s' %s, and that is not allowed", words->at[word].text, reaches[i].does);
        return false;
    }
    return true;
}
