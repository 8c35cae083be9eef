/* How many words begin with each letter: one stream becomes a stream for each key, each is folded,
 * and what it came to is an item beside its key. Then what gathers: a map, the largest, two parts.
 */

#include <stdio.h>

#include "weir.h"

struct word {
    char text[12];
};
static const weir_type word_type = WEIR_TYPE(struct word);

static uint64_t letter_of(struct word word, void *arg)
{
    (void)arg;
    return (uint64_t)word.text[0];
}
WEIR_KEY_FN(letter_fn, letter_of, struct word, uint64_t)

WEIR_PAIR(uint64_t, weir_stream *, group) /* what group_by gives */
WEIR_PAIR(uint64_t, uint64_t, count)      /* what we make of it: a key, and how many */

/* Both are futures, and so is their pair. The group is ours, and goes into the count. */
static weir_stream *count_group(struct group group, void *arg)
{
    (void)arg;
    return weir_join(weir_once(&weir_type_u64, &group.first), weir_count(group.second));
}
WEIR_THEN_FN(count_group_fn, count_group, struct group, struct count, .from = &group_type,
             .to = &count_type)

/* All groups are polled at once: one that nobody polls holds the others back. So the limit behind
 * them is no less than how many there may be. */
enum { GROUPS_MAX = 1000, WAITING_MAX = 16 };

static weir_stream *counts(const struct word *words, size_t n)
{
    weir_stream *groups = weir_group_by(weir_iter(&word_type, words, n), &letter_fn, NULL,
                                        GROUPS_MAX, WAITING_MAX, WEIR_CLOSED_AGAIN);
    return weir_flat_map_unordered(groups, &count_group_fn, NULL, GROUPS_MAX);
}

static void print(struct count count, void *arg)
{
    (void)arg;
    printf("%c: %llu\n", (char)count.first, (unsigned long long)count.second);
}
WEIR_EACH_FN(print_fn, print, struct count, .of = &count_type)

static uint64_t how_many(struct count count, void *arg)
{
    (void)arg;
    return count.second;
}
WEIR_KEY_FN(how_many_fn, how_many, struct count, uint64_t, .of = &count_type)

static bool is_alone(struct count count, void *arg)
{
    (void)arg;
    return count.second == 1;
}
WEIR_FILTER_FN(is_alone_fn, is_alone, struct count, .of = &count_type)

WEIR_PAIR(weir_vec, weir_vec, parts) /* what partition gives */

int main(void)
{
    static const struct word words[] = {{"ash"}, {"bay"},   {"alder"}, {"cedar"}, {"beech"},
                                        {"box"}, {"apple"}, {"birch"}, {"fir"}};
    const size_t n = sizeof words / sizeof *words;
    weir_error error;
    struct count most;
    struct parts parts;
    if (weir_run(weir_for_each(counts(words, n), &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    if (weir_run(weir_max_by_key(counts(words, n), &how_many_fn, NULL), &most, &error) !=
        WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("most: %c\n", (char)most.first);
    if (weir_run(weir_partition(counts(words, n), &is_alone_fn, NULL, GROUPS_MAX), &parts,
                 &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%zu letters have one word, %zu have more\n", parts.first.n, parts.second.n);
    weir_vec_drop(&parts.first);
    weir_vec_drop(&parts.second);
    return 0;
}
