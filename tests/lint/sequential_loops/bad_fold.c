/* Votes come over connections of their own, and the fold waits for one voter after the other. */
#include <stdio.h>

#include <weir.h>

struct tally {
    uint64_t yes, no;
};

static bool count_vote(struct tally *tally, weir_duplex voter, void *arg, weir_error *error)
{
    unsigned char vote;
    size_t n;
    (void)arg;
    weir_state got = weir_await_read(voter.reader, &vote, 1, &n, error);
    weir_duplex_drop(voter);
    if (got == WEIR_READY && vote == 'y')
        tally->yes++;
    else
        tally->no++;
    return got != WEIR_ERROR;
}
WEIR_TRY_FOLD_FN(count_vote_fn, count_vote, struct tally, weir_duplex)

int main(void)
{
    struct tally tally = {0, 0};
    weir_error error;
    weir_stream *voters = weir_take(weir_incoming(":1848", NULL), 1000);
    // lint-next: sequential_loops 18-27
    if (weir_run(weir_fold(voters, &count_vote_fn, &tally, NULL), &tally, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu yes, %llu no\n", (unsigned long long)tally.yes, (unsigned long long)tally.no);
    return 0;
}
