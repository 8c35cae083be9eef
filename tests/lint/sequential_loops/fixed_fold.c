/* The votes are read at once, and the fold counts what is there. */
#include <stdio.h>

#include <weir.h>

struct tally {
    uint64_t yes, no;
};

static bool read_vote(weir_duplex voter, uint8_t *vote, void *arg, weir_error *error)
{
    size_t n;
    (void)arg;
    weir_state got = weir_await_read(voter.reader, vote, 1, &n, error);
    weir_duplex_drop(voter);
    if (got == WEIR_END)
        *vote = 'n';
    return got != WEIR_ERROR;
}
WEIR_PAR_MAP_FN(read_vote_fn, read_vote, weir_duplex, uint8_t)

static void count_vote(struct tally *tally, uint8_t vote, void *arg)
{
    (void)arg;
    if (vote == 'y')
        tally->yes++;
    else
        tally->no++;
}
WEIR_FOLD_FN(count_vote_fn, count_vote, struct tally, uint8_t)

int main(void)
{
    struct tally tally = {0, 0};
    weir_error error;
    weir_stream *voters = weir_take(weir_incoming(":1848", NULL), 1000);
    weir_stream *votes = weir_par_map_unordered(voters, &read_vote_fn, NULL, 64, NULL);
    if (weir_run(weir_fold(votes, &count_vote_fn, &tally, NULL), &tally, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu yes, %llu no\n", (unsigned long long)tally.yes, (unsigned long long)tally.no);
    return 0;
}
