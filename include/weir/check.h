/* weir/check.h: does a stage of one's own keep the contract of weir/implement.h? One call in a test
 * runs it under everything that may happen to it, and says the first rule that it breaks:
 *
 *     static weir_stream *build(weir_stream *source, void *arg) { return threes(source); }
 *     char report[WEIR_REPORT_BYTES];
 *     bool right = weir_contract_check(&WEIR_CONTRACT(.build = build,
 *                                                     .inputs = {{.items = "1 2 3 4 5"}},
 *                                                     .gives = "[1 2 3] [4 5]"),
 *                                      report, sizeof report);
 *
 * What is done: all ways in which the inputs may be late (PENDING before any of their items and
 * their end, woken at once or later, items in pieces, an END beside the last one), each with
 * demands of 1 to n and of 64; a drop after each poll; each allocation fails, alone or with all
 * that follow, but for those that `make` needs; an error at each place; an input without end;
 * items that are skipped; three polls more after the end. What comes out must be the same each
 * time, errors aside; nothing may be left behind.
 *
 * Where its ops say that it takes marks (weir/mark.h), one behind each item, each second and each
 * third, several in a row, one before the first item, and an error at each place among them: it
 * must settle or give each once, in order, not before what was made of the items before it, and
 * lose none that came before its end. Made of n items is what comes where the input ends behind
 * them, but for as much as comes at any end, that of no item too. Not judged is whether a mark is
 * early: with several inputs, with errors of its own, behind an error, or where the order is not
 * always the same; nor whether one is lost: after an error, or of several inputs in
 * WEIR_CHECK_ANY_ITEMS.
 *
 * Needs no test framework, no runtime and no clock: some thousand runs, which take milliseconds for
 * five items, a second for ten of four inputs. Not from inside of a task, nor beside other threads
 * that use weir: it takes the hooks of weir/alloc.h, and ends the runtime of this thread
 * (weir_thread_end). */
#ifndef WEIR_CHECK_H
#define WEIR_CHECK_H

#include "weir/type.h"

WEIR_BEGIN_C

enum {
    WEIR_CHECK_INPUTS = 4,
    WEIR_CHECK_ITEMS = 10, /* of all inputs: there are 2^(items + inputs) ways to be late */
    WEIR_REPORT_BYTES = 2048
};

/* One input of the stage. */
typedef struct weir_check_input {
    const char *items; /* "1 2 3": its items, as numbers; "": none. NULL: there is no such input */
    const weir_type *type;                              /* NULL: int64_t */
    void (*make)(void *out, int64_t number, void *arg); /* an item; NULL: the number itself */
    size_t takes_max; /* the stage needs no more of its items, as a take does; 0: it needs all */
} weir_check_input;

/* May what comes out depend on which input is late? */
typedef enum weir_check_order {
    WEIR_CHECK_IN_ORDER,  /* no: always the same items, in the same order */
    WEIR_CHECK_ANY_ORDER, /* the same items, in any order; and no input waits for another: a merge
                           */
    WEIR_CHECK_ANY_ITEMS  /* others: "the latest of both". Only the rules are checked */
} weir_check_order;

typedef struct weir_contract {
    uint32_t size; /* sizeof(weir_contract) */
    /* Makes the stage over its input; or over several, in their order. One of the two. */
    weir_stream *(*build)(weir_stream *source WEIR_TAKES, void *arg);
    weir_stream *(*build_over)(weir_stream *const *inputs WEIR_TAKES, void *arg);
    void *arg; /* of all these functions */
    weir_check_input inputs[WEIR_CHECK_INPUTS];
    /* What comes out, as text: 1 2, (1,2) of a pair, 0:1 of what is numbered, [1 2] of a weir_vec,
     * 'text' of a line, <name> of a stream, () of nothing; others as their descriptor's `format`
     * says. NULL: whatever comes when nothing is late. */
    const char *gives;
    weir_check_order order;
    bool eats_errors;   /* it does not pass on each error of its inputs once: it retries, say */
    const char *replay; /* of a report: only this run, for a debugger */
} weir_contract;

/* weir_contract_check(&WEIR_CONTRACT(.build = build, ...), report, sizeof report) */
#define WEIR_CONTRACT(...) ((weir_contract){.size = sizeof(weir_contract), __VA_ARGS__})

/* True: no rule was broken. False: `report` says in its first line which, and below how to do it
 * again: a line to put into the contract, what the inputs did, what came out. It needs
 * WEIR_REPORT_BYTES to be whole.
 * Errors: false, too, for a contract that cannot be checked: without a stage, or too many items.
 * Source: futures-test, whose interleave_pending is one of these ways to be late.
 *
 * Example:
 *     char report[WEIR_REPORT_BYTES];
 *     weir_contract squaring = WEIR_CONTRACT(.build = squares_of);
 *     squaring.inputs[0].items = "1 2 3";
 *     squaring.gives = "1 4 9";
 *     p(weir_contract_check(&squaring, report, sizeof report)); // -> true
 */
WEIR_API bool weir_contract_check(const weir_contract *contract, char *report,
                                  size_t size) WEIR_MUST_USE;

WEIR_END_C

#endif
