#!/bin/sh
# Would the lint notice? Programs that are right, each broken in one way that a rule is about: the
# spawn is gone, a `sleep` stands in a task, a lock is not given back, a close is missing.
#
#     mutants.sh WEIR SOURCE_ROOT [RULE]
#
# Prints whether `WEIR lint` found each of them, and how many it found of all; fails where that is
# less than 90 of 100. A mutant that changes nothing, or is no C, fails it too: it would prove
# nothing.
set -u
LC_ALL=C
export LC_ALL

FOUND_PERCENT_MIN=90

[ $# -eq 2 ] || [ $# -eq 3 ] || {
    echo "usage: mutants.sh WEIR SOURCE_ROOT [RULE]" >&2
    exit 2
}
weir=$(realpath "$1") root=$(realpath "$2") only=${3:-}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
mutants=0 mended=' '

# mutant RULE FILE WHAT SCRIPT: FILE, an example or one below tests/lint, changed by sed as SCRIPT
# says, must be found by RULE. Writes both, to be looked at with all the others.
mutant() {
    [ -z "$only" ] || [ "$only" = "$1" ] || return 0
    case $2 in
    examples/*) file=$root/$2 ;;
    *) file=$root/tests/lint/$2 ;;
    esac
    case $mended in
    *" $2 "*) ;;
    *)
        mended="$mended$2 "
        cp "$file" "$tmp/$(right "$2")" || exit 2
        ;;
    esac
    mutants=$((mutants + 1))
    sed "$4" "$file" >"$tmp/mutant_$mutants.c" || exit 2
    changes=1
    cmp -s "$file" "$tmp/mutant_$mutants.c" && changes=0
    echo "$1 $2 $(right "$2") mutant_$mutants.c $changes $3" >>"$tmp/mutants"
}

# right FILE: what the file that is right is called beside its mutants.
right() {
    echo "right_$1" | tr / _
}

# The mutant has more findings of its rule than the file that it was made of.
judge() {
    awk -v least=$FOUND_PERCENT_MIN '
    FILENAME == "json" {
        match($0, /"rule": *"[a-z_]*"/)
        rule = substr($0, RSTART, RLENGTH)
        match($0, /"file": *"[^"]*"/)
        file = substr($0, RSTART, RLENGTH)
        gsub(/^"[a-z]*": *"|"$|[^"]*\//, "", rule)
        gsub(/^"[a-z]*": *"|"$|[^"]*\//, "", file)
        findings[file " " rule]++
        next
    }
    FILENAME == "err" {
        if (/not understood in full/ || /could not be parsed/)
            for (i = 1; i <= NF; i++) if ($i ~ /^mutant_[0-9]*\.c/) {
                sub(/:$/, "", $i)
                refused[$i] = $0
            }
        next
    }
    {
        rule = $1
        name = rule "  " $2 ": " substr($0, index($0, $4 " " $5 " ") + length($4) + 3)
        all++
        if (!$5 || $4 in refused) {
            print "broken  " name ": " ($5 ? refused[$4] : "changes nothing")
            broken++
        } else if (findings[$4 " " rule] > findings[$3 " " rule]) {
            print "found   " name
            found++
        } else
            print "missed  " name
    }
    END {
        percent = all ? int(100 * found / all) : 0
        printf "mutants: %d of %d found, %d of 100; %d broken\n", found, all, percent, broken
        exit broken || percent < least
    }' json err mutants
}

# ---- the spawn is gone: one client, one file after the other ----

mutant sequential_loops examples/echo_par.c 'a loop in place of par_for_each' '
    /weir_run(weir_par_for_each/,/WEIR_ERROR)/c\
    weir_for_try (weir_duplex, near, incoming, error)\
        serve_body(near, NULL);\
    if (error.code != WEIR_OK)'
mutant sequential_loops examples/echo_par.c 'await in an indexed loop' '
    /weir_run(weir_par_for_each/,/WEIR_ERROR)/c\
    weir_for_await_indexed (i, weir_duplex, near, incoming)\
        weir_await(weir_copy(near.reader, near.writer), NULL, \&error);\
    if (error.code != WEIR_OK)'
mutant sequential_loops examples/echo_server.c 'then in place of serve' '
    /weir_serve(incoming/c\        weir_drain(weir_then(incoming, \&echo_fn, NULL));'
mutant sequential_loops examples/tcp_proxy.c 'then in place of serve' '
    /weir_serve(incoming/,/;/c\
    weir_stream *proxy = weir_drain(weir_then(incoming, \&connect_fn, argv[2]));'
mutant sequential_loops examples/chat.c 'then in place of serve, over some' '
    /weir_serve(incoming/,/;/c\
        weir_drain(weir_then(weir_take(incoming, 64), \&talk_fn, chat));'
mutant sequential_loops examples/upload_to_gzip.c 'a connection after the other' '
    /weir_par_for_each(incoming/c\
    weir_stream *server = weir_empty(\&weir_type_unit);\
    weir_for_await (weir_duplex, near, incoming)\
        weir_await(serve(near, argv[1]), NULL, \&error);'
mutant sequential_loops examples/par_dir.c 'a file after the other' '
    /weir_par_map(files/c\
    weir_stream *counts = weir_empty(\&weir_type_unit);\
    struct counted each;\
    weir_for_await (weir_dir_entry, entry, files)\
        count(entry, \&each, argv[1], \&error);'
mutant sequential_loops ported/echo_server.c 'the body in a loop' '
    /weir_stream \*served =/,/;/c\
    weir_stream *served = weir_empty(\&weir_type_unit);\
    weir_for_await (weir_duplex, client, clients)\
        serve_body(client, server);'
mutant sequential_loops ported/echo_server.c 'next in a loop of its own' '
    /weir_stream \*served =/,/;/c\
    weir_stream *served = weir_empty(\&weir_type_unit);\
    weir_for_try (weir_duplex, client, weir_take(clients, 1000), *error) {\
        uint64_t bytes;\
        if (!echo(client, \&bytes, error))\
            break;\
    }'
mutant sequential_loops ported/dir_hasher.c 'a directory after the other' '
    s/weir_flat_map_unordered(\(.*\),/weir_flat_map(\1);/
    /^ *DIRECTORIES_AT_ONCE);/d'
mutant sequential_loops sequential_loops/good_spawns.c 'await in place of go' '
    s/weir_drop(weir_go(\(.*\)));/weir_await(weir_fiber(\1), NULL, NULL);/'
mutant sequential_loops sequential_loops/good_scope.c 'await in place of the scope' '
    s/weir_scope_spawn(&clients, echo(client));/weir_await(echo(client), NULL, NULL);/'
mutant sequential_loops sequential_loops/good_no_wait.c 'a wait in the body' '
    s/note(client, nth);/weir_await_flush(client.writer, NULL);/'
mutant must_par_spawn must_par_spawn/good_spawns.c 'await in place of the scope' '
    s/weir_scope_spawn(&jobs, run(&job));/weir_await(run(\&job), NULL, NULL);/'
mutant must_par_spawn must_par_spawn/good_spawns.c 'await in place of rt_spawn' '
    s/!weir_rt_spawn(rt, run(&job))/weir_await(run(\&job), NULL, error) != WEIR_READY/'
mutant must_par_spawn must_par_spawn/good_no_wait.c 'a wait in the body' '
    s/insert(sorted, n++, job);/if (!weir_pause()) break;/'

# ---- a task that blocks its thread ----

mutant blocking_in_async examples/echo_par.c 'sleep in the body' '
    s/    weir_error failed;/&\n    sleep(1);/'
mutant blocking_in_async ported/echo_server.c 'sleep in the body' '
    s/    bool well = echo(/    sleep(1);\n&/'
mutant blocking_in_async ported/echo_server.c 'usleep in what the body calls' '
    s/        \*bytes += n;/&\n        usleep(1000);/'
mutant blocking_in_async ported/dir_hasher.c 'sleep in the body' '
    s/    weir_digest digest;/&\n    sleep(1);/'
mutant blocking_in_async examples/par_dir.c 'sleep in the function of par_map' '
    s/^    weir_stream \*lines = .*/    sleep(1);\n&/'
mutant blocking_in_async examples/fibers.c 'usleep in a fiber' '
    s/^    size_t n;/&\n    usleep(10);/'
mutant blocking_in_async examples/limits.c 'sleep in the place of weir_sleep' '
    s/    bool slept = .*/    bool slept = sleep(1) == 0;/'
mutant blocking_in_async examples/shut_down.c 'usleep in a fiber' '
    s/    log_request(self->server);/&\n    usleep(100);/'
mutant blocking_in_async examples/upload_to_gzip.c 'sleep two calls below the body' '
    s/    char path\[PATH_MAX\];/&\n    sleep(1);/'
mutant blocking_in_async examples/crew.c 'sleep in a member of a crew' '
    s/        office->jobs++;/&\n        sleep(1);/'
mutant blocking_in_async examples/echo_co.c 'usleep in a stackless function' '
    s/        if (got.state == WEIR_END)$/        usleep(1);\n&/'
mutant blocking_in_async examples/two_inputs.c 'usleep in a poll' '
    s/    (void)demand;/&\n    usleep(1);/'
mutant blocking_in_async examples/channel.c 'the blocking send in a fiber' '
    s/weir_await(weir_send(.* != WEIR_READY/weir_send_blocking(*tx, \&i) != WEIR_SENT/'
mutant blocking_in_async blocking_in_async/good_async_wait.c 'sleep in the place of weir_sleep' '
    s/weir_await(weir_sleep(1000000000), NULL, error) == WEIR_ERROR/sleep(1)/'

# ---- a lock that is held over a wait ----

mutant must_not_await ported/echo_server.c 'held while the client is served' '
    s/^    bool well = echo(.*/    weir_lock_take(\&server->lock);\
&\
    weir_lock_give(\&server->lock);/'
mutant must_not_await ported/echo_server.c 'a wait between take and give' '
    s/^    server->stats.clients++;/&\n    weir_await(weir_sleep(1000), NULL, NULL);/'
mutant must_not_await ported/dir_hasher.c 'held while a file is hashed' '
    s/^    if (weir_await(hashed, .*/    weir_lock_take(\&list->lock);\n&/'
mutant must_not_await ported/dir_hasher.c 'a wait in the locked block' '
    s/list->failed++;/list->failed += weir_await(weir_sleep(9), NULL, NULL) == WEIR_READY;/'
mutant must_not_await must_not_await/good_given_back.c 'no unlock on one branch' '
    /store->writes = 0;/{ n; d; }'
mutant must_not_await must_not_await/good_given_back.c 'no unlock on the other branch' '
    /value = store->value;/{ n; d; }'
mutant must_not_await must_not_await/good_given_back.c 'no unlock on either' '
    /store->writes = 0;/{ n; d; }
    /value = store->value;/{ n; d; }'
mutant must_not_await must_not_await/fixed_helper.c 'no unlock before the entry' '
    /journal->entries++;/{ n; d; }'
mutant must_not_await must_not_await/good_goto.c 'no unlock at the label' '
    s/    pthread_mutex_unlock(&account->mutex);/    ;/'
mutant must_not_await must_not_await/good_branch_returns.c 'locked before the wait' '
    s/^    size_t n;/&\n    pthread_mutex_lock(\&names->mutex);/'
mutant must_not_await must_not_await/good_inner_block.c 'the item is sent under the lock' '
    s/^            item = queue->items.*/&\
            weir_await(weir_write_i64_be(out, item), NULL, error);/'

# ---- the answer of a poll is thrown away ----

mutant ignored_poll examples/two_inputs.c 'of a source' '
    s/weir_poll got = weir_poll_next.*/weir_poll got = {1, WEIR_READY};\
        weir_poll_next(asked, cx, \&price, 1);/'
mutant ignored_poll examples/echo_co.c 'of a write' '
    s/weir_poll got = weir_poll_write(.*/weir_poll got = {(uint32_t)n, WEIR_READY};\
    weir_poll_write(self->writer, cx, bytes, n);/'
mutant ignored_poll unfinished_sink/good_polled_close.c 'of a close' '
    s/return weir_poll_close(out, cx);/weir_poll_close(out, cx);\
    return (weir_poll){0, WEIR_END};/'
mutant ignored_poll pending_without_waker/good_child_answer.c 'of a fill' '
    s/weir_poll one = .*/weir_poll one = {0, WEIR_END};\n    weir_poll_fill(first, cx, 1);/'

# ---- an item that was lent is kept ----

mutant lent_item_escapes examples/next_loop.c 'the longest line, for behind the loop' '
    s/longest.size = line.size;.*/longest = line;/
    s/^    weir_drop(lines);/    printf("%.*s\\n", (int)longest.size, longest.data);\n&/'
mutant lent_item_escapes ported/log_processor.c 'the last line, for behind the loop' '
    s/^    weir_for_try (weir_line, line, lines, \*error) {/    weir_line last = {"", 0};\
&\
        last = line;/
    s/^    return error->code == WEIR_OK;/    return error->code == WEIR_OK \&\& last.size;/'
mutant lent_item_escapes dropped_lazy/good_passed_on.c 'in a static variable' '
    s/^        printf("%.\*s\\n", (int)line.size, line.data);/        kept = line;/
    s/^bool head(/static weir_line kept;\n&/'
mutant lent_item_escapes use_after_move/good_next_round.c 'the bytes of a line, in a static' '
    s/^            printf("%.\*s\\n", (int)line.size, line.data);/            kept = line.data;/
    s/^bool count_all(/static const char *kept;\n&/'

# ---- a stream that is not ours any more ----

mutant use_after_move examples/count_lines.c 'dropped after it was run' '
    s/^    printf("%llu/    weir_drop(lines);\n&/'
mutant use_after_move examples/next_loop.c 'dropped twice' '
    s/^    weir_drop(lines);/&\n&/'
mutant use_after_move examples/while_let.c 'dropped between two loops' '
    s/^        fields++;/&\n    weir_drop(lines);/'
mutant use_after_move examples/ship_file.c 'asked after it was copied' '
    s/^    weir_drop(arrived);/    weir_drop(packed);\n&/'
mutant use_after_move examples/shut_down.c 'dropped after it was spawned' '
    s/^    weir_drop(weir_spawn(weir_tracker_track.*/&\n    weir_drop(entry);/'
mutant use_after_move examples/par_dir.c 'dropped after it went into a stage' '
    s/^    weir_stream \*counts = .*/&\n    weir_drop(files);/'
mutant use_after_move ported/log_processor.c 'dropped behind its loop' '
    s/^    return error->code == WEIR_OK;/    weir_drop(lines);\n&/'
mutant use_after_move ported/echo_server.c 'the writer is dropped twice' '
    s/^    weir_drop(out);/&\n&/'
mutant use_after_move use_after_move/fixed_take_then_count.c 'taken, not lent' '
    s/weir_by_ref(lines)/lines/'
mutant use_after_move use_after_move/good_reassigned.c 'the result is not assigned' '
    s/^    s = weir_skip(s, first);/    weir_stream *rest = weir_skip(s, first);/'

# ---- a writer that is not closed ----

mutant unfinished_sink ported/echo_server.c 'no close' '
    /^    if (got == WEIR_READY)/,/weir_close(out)/d'
mutant unfinished_sink ported/echo_server.c 'a flush in place of the close' '
    s/weir_close(out)/weir_flush(out)/'
mutant unfinished_sink unfinished_sink/good_failed_write.c 'no close behind the loop' '
    s/weir_state closed = .*/weir_state closed = WEIR_END;/'
mutant unfinished_sink unfinished_sink/good_closed.c 'no close where it went well' '
    s/^        well = weir_await_close(out, error) == WEIR_END;/        ;/'
mutant unfinished_sink unfinished_sink/good_passed_on.c 'dropped in place of the copy' '
    s/^    return weir_await(weir_copy(in, out), .*/    weir_drop(in);\
    weir_drop(out);\
    return true;/'
mutant unfinished_sink dropped_lazy/fixed_unused_variable.c 'no close behind the flush' '
    /weir_await_close/d'

# ---- a future that nobody runs ----

mutant dropped_lazy examples/counter.c 'the whole chain' '
    s/if (weir_run(\(weir_for_each(.*, NULL)\), NULL, &error) != WEIR_READY)/\1;\
    if (error.code)/'
mutant dropped_lazy examples/limits.c 'a sleep' '
    s/bool slept = weir_await(weir_sleep(answer_ns).*/bool slept = true;\
    weir_sleep(answer_ns);/'
mutant dropped_lazy examples/shut_down.c 'a sleep before a return' '
    s/^    if (weir_await(weir_sleep(MS), NULL, error) != WEIR_READY)/    weir_sleep(MS);\
    if (error->code)/'
mutant dropped_lazy ported/echo_server.c 'a write' '
    /weir_state got =/,/;/c\
    weir_write_all(out, server->log, server->log_used, NULL);\
    weir_state got = WEIR_READY;'
mutant dropped_lazy ported/dir_hasher.c 'a parallel loop' '
    s/bool well = weir_run(all, NULL, &error) != WEIR_ERROR;/bool well = true;/'

# ---- an item of another type ----

mutant item_type_mismatch examples/while_let.c 'an owned line, where lines are lent' '
    s/^    weir_line line;/    weir_owned_line line;/'
mutant item_type_mismatch examples/first_of_two.c 'an owned line, in a fiber' '
    s/^    weir_line line;/    weir_owned_line line;/'
mutant item_type_mismatch examples/count_lines.c 'an int for a count' '
    s/^    uint64_t n;/    int n;/'
mutant item_type_mismatch examples/par_dir.c 'a filter of entries over paths' '
    s/weir_read_dir(argv\[1\])/weir_glob(argv[1])/'
mutant item_type_mismatch ported/dir_hasher.c 'a function of entries over paths' '
    s/weir_read_dir(path)/weir_glob(path)/'
mutant item_type_mismatch ported/log_processor.c 'a loop over owned lines' '
    s/^    weir_for_try (weir_line, line, \(lines.*\)/    weir_for_try (weir_owned_line, owned, \1\
        weir_line line = weir_line_of(owned);/'

# ---- asked again behind the end ----

mutant poll_after_end poll_after_end/good_leaves.c 'no break at the end' '
    s/^            break;/            state = weir_await_next(lines, out, error);/'
mutant poll_after_end poll_after_end/good_other_stream.c 'the first one again' '
    s/weir_await_next(second, /weir_await_next(first, /'
mutant poll_after_end poll_after_end/fixed_wait_for_more.c 'it is not opened again' '
    /^        weir_drop(lines);/d
    /^        lines = /d'
mutant poll_after_end examples/two_inputs.c 'a side that is over' '
    s/^        if (got.state != WEIR_END)/        if (got.state == WEIR_END)\
            got = weir_poll_next(asked, cx, \&price, 1);\
&/'

# ---- nobody will wake it ----

mutant pending_without_waker pending_without_waker/good_waits.c 'PENDING in place of a wait' '
    s/return weir_wait(.*;/return (weir_poll){0, WEIR_PENDING};/'
mutant pending_without_waker pending_without_waker/good_waits.c 'PENDING in place of a turn' '
    s/return weir_wait_turn(.*;/return (weir_poll){0, WEIR_PENDING};/'
mutant pending_without_waker pending_without_waker/good_helper.c 'the helper is not called' '
    /^        park(self, cx);/d'
mutant pending_without_waker pending_without_waker/good_stored_by_hand.c 'nothing is stored' '
    /weir_waker_slot_store(/d'
mutant pending_without_waker pending_without_waker/good_stored_before.c 'nothing is stored' '
    /weir_waker_cell_store(/d'
mutant pending_without_waker examples/other_thread.c 'PENDING without the cell' '
    s/^    weir_poll wait = .*/    if (!events->given)\
        return (weir_poll){0, WEIR_PENDING};\
&/'

# ---- round and round ----

mutant retry_without_yield retry_without_yield/good_waits_between.c 'no pause between' '
    /^        if (!weir_pause())/,/return false;/c\        ;'
mutant retry_without_yield retry_without_yield/good_leaves.c 'PENDING goes round' '
    s/if (got.state != WEIR_READY)/if (got.state == WEIR_ERROR || got.state == WEIR_END)/'
mutant retry_without_yield retry_without_yield/good_spends.c 'without a budget' '
    s/while (weir_spend(cx)) {/while (true) {/
    s/if (got.state != WEIR_READY)/if (got.state == WEIR_END)/'
mutant retry_without_yield retry_without_yield/good_own_loop.c 'nobody turns the worker' '
    /weir_worker_turn/,/break;/d'

# ---- what is lost over a wait ----

mutant locals_across_wait examples/keep_squaring_co.c 'the number is a local variable' '
    s/^    weir_co_begin(co);/    int64_t n = self->n;\n&/
    s/self->n \*= 2/n *= 2/'
mutant locals_across_wait examples/echo_co.c 'the count is a local variable' '
    s/^    weir_poll got;/&\n    int64_t bytes = 0;/
    s/^            weir_co_poll(co, got, give_back.*/        {\
&\
            bytes += got.n;\
        }/
    s/weir_co_return(co, out, self->bytes)/weir_co_return(co, out, bytes)/'

# ---- no limit ----

mutant unbounded examples/par_dir.c 'files' 's/FILES_AT_ONCE, NULL)/WEIR_NO_LIMIT, NULL)/'
mutant unbounded examples/echo_par.c 'clients' 's/CLIENTS_AT_ONCE, NULL)/WEIR_NO_LIMIT, NULL)/'
mutant unbounded ported/dir_hasher.c 'files, by another word' '
    s/FILES_AT_ONCE, NULL)/SIZE_MAX, NULL)/'

# ---- tasks ----

mutant spawn_in_sequential examples/count_lines.c 'a task for what is run at once' '
    s/weir_run(weir_count(lines), /weir_run(weir_spawn(weir_count(lines)), /'
mutant spawn_in_sequential spawn_in_sequential/good_two_tasks.c 'one task' '
    /weir_stream \*b = /d
    /weir_drop(b);/d
    s/weir_await(b, &second, error)/weir_await(weir_empty(\&weir_type_u64), \&second, error)/'
mutant large_task examples/fibers.c 'a large buffer on the stack' '
    s/char piece\[7\];/char piece[70000];/'
mutant large_task examples/shut_down.c 'a large state' '
    s/^    int64_t number;/&\n    char text[20000];/'
mutant large_task examples/first_of_two.c 'a large buffer beside a line' '
    s/^    weir_line line;/&\n    char copy[32768];/'

# A mutant may have errors of the compiler; then it is broken, and said to be.
cd "$tmp" || exit 2
[ -f mutants ] || {
    echo "mutants.sh: there is no mutant of '$only'" >&2
    exit 2
}
"$weir" lint --format=json --enable=all right_*.c mutant_*.c -- -std=gnu11 \
    -D_GNU_SOURCE -include unistd.h -I "$root/include" >json 2>err
judge
